// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/backend_settings.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter::cli {

namespace {

/// Reads options into settings and collects what is wrong.
class Reader {
 public:
  explicit Reader(const CommandLine& line) : line_{line} {}

  template <class Number>
  void count(std::string_view option, Number& target, std::uint64_t least, std::uint64_t most) {
    read(option, target, [=](const std::string& text) -> Result<Number> {
      const auto value = parse_count(text);
      if (value.has_error()) {
        return value.error();
      }
      if (*value < least || *value > most) {
        return Error::usage(fmt::format("{} is not between {} and {}", text, least, most));
      }
      return static_cast<Number>(*value);
    });
  }

  void fraction(std::string_view option, double& target) {
    read(option, target, [](const std::string& text) { return parse_fraction(text); });
  }

  void distribution(std::string_view option, Distribution& target) {
    read(option, target, [](const std::string& text) { return Distribution::parse(text); });
  }

  void work(std::string_view option, ServiceModel::Work& target) {
    read(option, target, [](const std::string& text) -> Result<ServiceModel::Work> {
      if (text == "sleep" || text == "burn") {
        return text == "sleep" ? ServiceModel::Work::sleep : ServiceModel::Work::burn;
      }
      return Error::usage(fmt::format("{} is neither sleep nor burn", text));
    });
  }

  /// "none" is what holds without the option.
  void rate_limit(std::string_view option, std::optional<RateLimit>& target) {
    read(option, target, [](const std::string& text) -> Result<std::optional<RateLimit>> {
      if (text == "none") {
        return std::optional<RateLimit>{};
      }
      const auto limit = parse_rate_limit(text);
      if (limit.has_error()) {
        return limit.error();
      }
      return std::optional{*limit};
    });
  }

  [[nodiscard]] const std::vector<std::string>& wrong() const noexcept { return wrong_; }

 private:
  template <class Value, class Parse>
  void read(std::string_view option, Value& target, const Parse& parse) {
    const auto text = line_.value(option);
    if (!text) {
      return;
    }
    auto value = parse(*text);
    if (value.has_error()) {
      wrong_.push_back(fmt::format("{}: {}", option, value.error().what));
    } else {
      target = *value;
    }
  }

  const CommandLine& line_;
  std::vector<std::string> wrong_;
};

/// An IPv6 address as URLs write it, "[::1]", is meant as the address.
std::string without_brackets(std::string host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Result<BackendServerSettings> backend_settings(const CommandLine& line) {
  constexpr std::uint64_t most_slots = 100'000;
  constexpr std::uint64_t most_calls = 10'000'000;
  BackendServerSettings settings;
  Reader reader{line};
  reader.count("--pool", settings.model.concurrency, 1, most_slots);
  reader.distribution("--service-time", settings.model.service_time);
  reader.work("--work", settings.model.work);
  reader.rate_limit("--rate-limit", settings.model.rate_limit);
  reader.fraction("--error-rate", settings.model.error_rate);
  reader.fraction("--hang-rate", settings.model.hang_rate);
  reader.count("--queue", settings.model.queue, 0, most_calls);
  reader.count("--connections", settings.connections, 1, most_calls);
  reader.count("--port", settings.port, 0, std::numeric_limits<std::uint16_t>::max());
  reader.count("--seed", settings.model.seed, 0, std::numeric_limits<std::uint64_t>::max());
  settings.host = without_brackets(line.value("--host").value_or(settings.host));

  std::vector<std::string> wrong = reader.wrong();
  if (settings.host.empty()) {
    wrong.emplace_back("--host: needs an address, such as 127.0.0.1");
  }
  if (settings.model.error_rate + settings.model.hang_rate > 1.0) {
    wrong.emplace_back("--error-rate and --hang-rate: are more than 100% together");
  }
  if (!wrong.empty()) {
    return Error::usage(fmt::format("{}", fmt::join(wrong, "\n")));
  }
  return settings;
}

}  // namespace queuemeter::cli
