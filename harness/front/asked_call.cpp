// SPDX-License-Identifier: Apache-2.0
#include "harness/front/asked_call.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/front/callback_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <system_error>

namespace queuemeter {
namespace {

constexpr std::size_t longest_id = 64;
constexpr Duration wait_without_a_time = std::chrono::seconds{30};
constexpr Duration longest_wait = std::chrono::minutes{5};

/// The unreserved characters of RFC 3986: an id becomes a part of a URL.
bool is_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_id &&
         std::all_of(text.begin(), text.end(), [](char byte) {
           const char letter = lower_case(byte);
           return (letter >= 'a' && letter <= 'z') || is_http(byte, HttpByte::digit) ||
                  byte == '-' || byte == '.' || byte == '_' || byte == '~';
         });
}

template <class Number>
std::optional<Number> number_in(std::string_view text) noexcept {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc{} && stop == end ? std::optional{number} : std::nullopt;
}

Error no_wait(std::string_view text) {
  return Error::usage(fmt::format("wait: {} is no time such as 5s", in_quotes(std::string{text})));
}

Result<std::optional<Duration>> read_wait(std::string_view text) {
  if (text.empty()) {
    return std::optional{wait_without_a_time};
  }
  const auto span = parse_duration(text);
  if (span.has_error()) {
    return no_wait(text);
  }
  return std::optional{std::min(*span, longest_wait)};
}

/// "respond-async, wait=5": whole seconds. Source: RFC 7240, section 4.3.
Result<std::optional<Duration>> wait_preferred(std::string_view preferences) {
  Result<std::optional<Duration>> wait = std::optional<Duration>{};
  for_each_in_list(preferences, [&wait](std::string_view preference) {
    if (equals_ignoring_case(preference, "wait")) {
      wait = read_wait({});
    } else if (equals_ignoring_case(preference.substr(0, 5), "wait=")) {
      wait = read_wait(std::string{preference.substr(5)} + "s");
    }
  });
  return wait;
}

/// "wait=5s" among the parts of a query.
Result<std::optional<Duration>> wait_in_query(std::string_view query) {
  constexpr std::string_view name = "wait=";
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    if (part.starts_with(name)) {
      return read_wait(part.substr(name.size()));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::optional<Duration>{};
}

/// Collects from the fields, keeping the first thing that is wrong.
class FieldReader {
 public:
  explicit FieldReader(const CallbackRules& rules) : rules_{rules} {}

  void operator()(std::string_view name, std::string_view value) {
    constexpr std::string_view ours = "x-queuemeter-";
    if (equals_ignoring_case(name, "prefer")) {
      take_wait(wait_preferred(value));
    } else if (name.size() > ours.size() &&
               equals_ignoring_case(name.substr(0, ours.size()), ours)) {
      read_ours(name.substr(ours.size()), value);
    }
  }
  void take_wait(Result<std::optional<Duration>> wait) {
    if (wait.has_error()) {
      fail(wait.error());
    } else if (*wait) {
      asked_.wait = *wait;
    }
  }
  [[nodiscard]] Result<AskedCall> end() && {
    if (error_) {
      return *error_;
    }
    return std::move(asked_);
  }

 private:
  void read_ours(std::string_view label, std::string_view value) {
    if (equals_ignoring_case(label, "call")) {
      asked_.id = value;
      if (!is_id(value)) {
        fail(Error::usage("X-Queuemeter-Call: an id has 1 to 64 letters, digits and -._~"));
      }
    } else if (equals_ignoring_case(label, "callback")) {
      read_callback(value);
    } else if (equals_ignoring_case(label, "sequence")) {
      asked_.sequence = number_in<std::uint64_t>(value);
    } else if (equals_ignoring_case(label, "draw")) {
      asked_.draw = number_in<std::uint64_t>(value);
    } else if (equals_ignoring_case(label, "class")) {
      asked_.class_index = number_in<std::uint16_t>(value).value_or(0);
    }
  }
  void read_callback(std::string_view text) {
    auto url = parse_http_url(text);
    if (url.has_error() || !may_call_back(*url, rules_)) {
      fail(Error::usage(rules_.anywhere
                            ? "X-Queuemeter-Callback: must be http:// and an address"
                            : "X-Queuemeter-Callback: must be http:// and an address of this host, "
                              "such as http://127.0.0.1:8080/; other hosts need --callbacks "
                              "anywhere"));
      return;
    }
    asked_.callback = std::move(*url);
  }
  void fail(Error error) {
    if (!error_) {
      error_ = std::move(error);
    }
  }

  const CallbackRules& rules_;
  AskedCall asked_;
  std::optional<Error> error_;
};

}  // namespace

Result<AskedCall> read_asked_call(const HttpRequest& request, const CallbackRules& rules) {
  FieldReader reader{rules};
  request.fields.for_each(
      [&reader](std::string_view name, std::string_view value) { reader(name, value); });
  reader.take_wait(wait_in_query(request.query()));
  return std::move(reader).end();
}

}  // namespace queuemeter
