// SPDX-License-Identifier: Apache-2.0
#include "harness/call/distribution.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

namespace queuemeter {
namespace {

/// A hundred years: far above every span a run can see, and an instant plus it still fits.
constexpr double longest_sample_ns = 100.0 * 365.25 * 86'400e9;
constexpr Duration longest_parameter = std::chrono::hours{24};
constexpr double largest_sigma = 5.0;

constexpr std::string_view accepted_forms =
    "use 20ms, constant(20ms), uniform(10ms, 30ms), exponential(1ms) or lognormal(20ms, 0.5)";

Error malformed(std::string_view text, std::string_view reason) {
  return Error::usage(fmt::format("{} is not a distribution of times: {}; {}", in_quotes(text),
                                  reason, accepted_forms));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split_arguments(std::string_view text) {
  std::vector<std::string_view> arguments;
  for (;;) {
    const auto comma = text.find(',');
    arguments.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) {
      return arguments;
    }
    text.remove_prefix(comma + 1);
  }
}

Result<Duration> parse_parameter(std::string_view text) {
  Result<Duration> span = parse_duration(text);
  if (span.has_value() && *span > longest_parameter) {
    return Error::usage(fmt::format("{} is longer than 24h", in_quotes(text)));
  }
  return span;
}

std::optional<double> parse_sigma(std::string_view text) {
  double sigma = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sigma);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(sigma >= 0.0 && sigma <= largest_sigma)) {
    return std::nullopt;
  }
  return sigma;
}

double nanoseconds(Duration span) { return static_cast<double>(span.count()); }

Duration to_duration(double nanoseconds) {
  return Duration{std::llround(std::clamp(nanoseconds, 0.0, longest_sample_ns))};
}

}  // namespace

Result<Distribution> Distribution::parse(std::string_view text) {
  text = trimmed(text);
  const auto open = text.find('(');
  if (open == std::string_view::npos) {
    const Result<Duration> value = parse_parameter(text);
    return value.has_value() ? Result<Distribution>{constant(*value)}
                             : malformed(text, value.error().what);
  }
  if (text.back() != ')') {
    return malformed(text, "the closing bracket is missing");
  }
  const std::string_view name = trimmed(text.substr(0, open));
  const auto arguments = split_arguments(text.substr(open + 1, text.size() - open - 2));
  const std::size_t wanted = name == "uniform" || name == "lognormal" ? 2 : 1;
  if (name != "constant" && name != "uniform" && name != "exponential" && name != "lognormal") {
    return malformed(text, fmt::format("{} is not known", in_quotes(name)));
  }
  if (arguments.size() != wanted) {
    return malformed(text, fmt::format("{} takes {} value{}, not {}", name, wanted,
                                       wanted == 1 ? "" : "s", arguments.size()));
  }
  const Result<Duration> first = parse_parameter(arguments[0]);
  if (first.has_error()) {
    return malformed(text, first.error().what);
  }
  if (name == "constant") {
    return constant(*first);
  }
  if (name == "exponential") {
    return exponential(*first);
  }
  if (name == "lognormal") {
    const auto sigma = parse_sigma(arguments[1]);
    return sigma ? Result<Distribution>{lognormal(*first, *sigma)}
                 : malformed(text, fmt::format("the sigma {} is not a number from 0 to {}",
                                               in_quotes(arguments[1]), largest_sigma));
  }
  const Result<Duration> second = parse_parameter(arguments[1]);
  if (second.has_error()) {
    return malformed(text, second.error().what);
  }
  if (*second < *first) {
    return malformed(text, "the second value is below the first");
  }
  return uniform(*first, *second);
}

Distribution Distribution::constant(Duration value) {
  return {Kind::constant, nanoseconds(value), 0.0};
}

Distribution Distribution::uniform(Duration least, Duration most) {
  return {Kind::uniform, nanoseconds(least), nanoseconds(most)};
}

Distribution Distribution::exponential(Duration mean) {
  return {Kind::exponential, nanoseconds(mean), 0.0};
}

Distribution Distribution::lognormal(Duration median, double sigma) {
  return {Kind::lognormal, nanoseconds(median), sigma};
}

Duration Distribution::sample(UniformPair draw) const noexcept {
  switch (kind_) {
    case Kind::constant:
      return to_duration(first_);
    case Kind::uniform:
      return to_duration(first_ + (second_ - first_) * draw.first);
    case Kind::exponential:
      return to_duration(-first_ * std::log1p(-draw.first));
    case Kind::lognormal: {
      const double radius = std::sqrt(-2.0 * std::log(draw.first));
      const double normal = radius * std::cos(2.0 * std::numbers::pi * draw.second);
      return to_duration(first_ * std::exp(second_ * normal));
    }
  }
  return Duration{0};
}

Duration Distribution::mean() const noexcept {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
      return to_duration(first_);
    case Kind::uniform:
      return to_duration((first_ + second_) / 2.0);
    case Kind::lognormal:
      return to_duration(first_ * std::exp(second_ * second_ / 2.0));
  }
  return Duration{0};
}

double Distribution::variation() const noexcept {
  switch (kind_) {
    case Kind::constant:
      return 0.0;
    case Kind::uniform:
      return second_ > 0.0 ? (second_ - first_) / std::sqrt(3.0) / (first_ + second_) : 0.0;
    case Kind::exponential:
      return first_ > 0.0 ? 1.0 : 0.0;
    case Kind::lognormal:
      return first_ > 0.0 ? std::sqrt(std::expm1(second_ * second_)) : 0.0;
  }
  return 0.0;
}

std::string Distribution::to_text() const {
  const std::string first = to_scenario_text(to_duration(first_));
  switch (kind_) {
    case Kind::constant:
      return fmt::format("constant({})", first);
    case Kind::uniform:
      return fmt::format("uniform({}, {})", first, to_scenario_text(to_duration(second_)));
    case Kind::exponential:
      return fmt::format("exponential({})", first);
    case Kind::lognormal:
      return fmt::format("lognormal({}, {})", first, second_);
  }
  return {};
}

}  // namespace queuemeter
