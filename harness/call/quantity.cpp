// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <optional>
#include <span>

namespace queuemeter {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array duration_units{Unit{"ns", 1},
                                    Unit{"us", 1'000},
                                    Unit{"\u00b5s", 1'000},  // micro sign
                                    Unit{"\u03bcs", 1'000},  // Greek mu
                                    Unit{"ms", 1'000'000},
                                    Unit{"s", 1'000'000'000},
                                    Unit{"m", 60'000'000'000},
                                    Unit{"min", 60'000'000'000},
                                    Unit{"h", 3'600'000'000'000}};

constexpr std::array byte_units{Unit{"B", 1},
                                Unit{"kB", 1'000},
                                Unit{"KB", 1'000},
                                Unit{"MB", 1'000'000},
                                Unit{"GB", 1'000'000'000},
                                Unit{"TB", 1'000'000'000'000},
                                Unit{"KiB", 1ULL << 10U},
                                Unit{"MiB", 1ULL << 20U},
                                Unit{"GiB", 1ULL << 30U},
                                Unit{"TiB", 1ULL << 40U}};

constexpr std::array count_units{Unit{"", 1}, Unit{"k", 1'000}, Unit{"K", 1'000},
                                 Unit{"M", 1'000'000}, Unit{"G", 1'000'000'000}};

constexpr std::string_view duration_forms = "write it like 250us, 1.5ms, 2s, 5m or 1h";
constexpr std::string_view rate_forms = "write it like 600/s, 5k/s, 0.5/s, 120/min or 30/60s";
constexpr std::string_view rate_limit_forms = "write it like 30/60s, 100/s or 1k/min";
constexpr std::string_view byte_forms = "write it like 256B, 64KiB or 1MB";
constexpr std::string_view fraction_forms = "write it like 0.1% or 0.001, from 0 to 1";
constexpr std::string_view count_forms = "write it like 10000, 10k or 2M";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// A decimal number without sign or exponent, and the text behind it.
struct Number {
  double value = 0.0;
  std::optional<std::uint64_t> whole;  // exact, when it has no fraction and fits
  std::string_view rest;
};

/// std::from_chars alone also reads "inf", "nan" and signs, and depends on no locale; the digits
/// are cut out first so that only plain decimals reach it.
std::optional<Number> scan_number(std::string_view text) {
  std::size_t length = 0;
  std::size_t points = 0;
  std::size_t digits = 0;
  for (; length < text.size() && (is_digit(text[length]) || text[length] == '.'); ++length) {
    ++(is_digit(text[length]) ? digits : points);
  }
  if (digits == 0 || points > 1) {
    return std::nullopt;
  }
  Number number;
  const char* const end = text.data() + length;
  if (std::from_chars(text.data(), end, number.value, std::chars_format::fixed).ec != std::errc{}) {
    return std::nullopt;
  }
  std::uint64_t whole = 0;
  if (points == 0 && std::from_chars(text.data(), end, whole).ec == std::errc{}) {
    number.whole = whole;
  }
  number.rest = trimmed(text.substr(length));
  return number;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) {
      return &unit;
    }
  }
  return nullptr;
}

/// number × factor, rounded to the nearest whole; nothing above 2^63 − 1. Exact for whole numbers.
std::optional<std::uint64_t> scaled(const Number& number, std::uint64_t factor) {
  if (number.whole) {
    if (*number.whole > largest / factor) {
      return std::nullopt;
    }
    return *number.whole * factor;
  }
  const double product = number.value * static_cast<double>(factor);
  if (!(product < 0x1p63)) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(std::llround(product));
}

/// Fractions of a byte or call are nonsense, but "1.1k" must not fail over a binary 1.1.
bool is_whole(const Number& number, std::uint64_t factor) {
  const double product = number.value * static_cast<double>(factor);
  return number.whole || std::abs(product - std::round(product)) <= 1e-9 * product;
}

Error malformed(std::string_view thing, std::string_view text, std::string_view reason,
                std::string_view forms) {
  return Error::usage(fmt::format("{} is not a {}: {}; {}", in_quotes(text), thing, reason, forms));
}

std::string_view number_reason(std::string_view text) {
  if (text.empty()) {
    return "it is empty";
  }
  if (text.front() == '-') {
    return "it must not be negative";
  }
  return "it does not begin with a plain number";
}

/// At most three significant digits, without trailing zeros: 1.5, 20, 0.9.
std::string three_digits(double value) {
  const int decimals = value < 10.0 ? 2 : value < 100.0 ? 1 : 0;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return text;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const std::string_view body = trimmed(text);
  const auto number = scan_number(body);
  if (!number) {
    return malformed("time span", text, number_reason(body), duration_forms);
  }
  if (number->rest.empty() && number->value == 0.0) {
    return Duration{0};
  }
  if (number->rest.empty()) {
    return malformed("time span", text, "the unit is missing", duration_forms);
  }
  const Unit* const unit = find_unit(duration_units, number->rest);
  if (unit == nullptr) {
    return malformed("time span", text,
                     fmt::format("the unit {} is not known", in_quotes(number->rest)),
                     duration_forms);
  }
  const auto nanoseconds = scaled(*number, unit->factor);
  if (!nanoseconds) {
    return malformed("time span", text, "it is longer than 292 years", duration_forms);
  }
  return Duration{static_cast<std::int64_t>(*nanoseconds)};
}

Result<Rate> parse_rate(std::string_view text) {
  const std::string_view body = trimmed(text);
  const auto slash = body.find('/');
  const auto number = scan_number(body.substr(0, slash));
  if (!number) {
    return malformed("rate", text, number_reason(body), rate_forms);
  }
  if (slash == std::string_view::npos) {
    return malformed("rate", text, "the time is missing", rate_forms);
  }
  const Unit* const scale = find_unit(count_units, number->rest);
  if (scale == nullptr) {
    return malformed("rate", text, fmt::format("{} is not k, M or G", in_quotes(number->rest)),
                     rate_forms);
  }
  const std::string_view per = trimmed(body.substr(slash + 1));
  const auto span = scan_number(per);
  const double spans = span ? span->value : 1.0;
  const Unit* const unit = find_unit(duration_units, span ? span->rest : per);
  if (unit == nullptr || !(spans > 0.0)) {
    return malformed("rate", text, fmt::format("{} is not a time to count in", in_quotes(per)),
                     rate_forms);
  }
  const double seconds = spans * static_cast<double>(unit->factor) / 1e9;
  const double per_second = number->value * static_cast<double>(scale->factor) / seconds;
  if (!std::isfinite(per_second)) {
    return malformed("rate", text, "it is too large", rate_forms);
  }
  return Rate::per_second(per_second);
}

Result<RateLimit> parse_rate_limit(std::string_view text) {
  constexpr std::uint64_t most_calls = 1'000'000;
  constexpr std::string_view thing = "rate limit";
  text = trimmed(text);
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return malformed(thing, text, "there is no \"/\"", rate_limit_forms);
  }
  const Result<std::uint64_t> calls = parse_count(text.substr(0, slash));
  if (calls.has_error()) {
    return malformed(thing, text, "the calls are not a count", rate_limit_forms);
  }
  if (*calls == 0 || *calls > most_calls) {
    return malformed(thing, text, "the calls must be 1 to 1,000,000", rate_limit_forms);
  }
  std::string per{trimmed(text.substr(slash + 1))};
  if (!per.empty() && !is_digit(per.front())) {
    per.insert(per.begin(), '1');  // "/s" is "/1s"
  }
  const Result<Duration> length = parse_duration(per);
  if (length.has_error() || *length <= Duration{0} || *length > std::chrono::hours{24}) {
    return malformed(thing, text, "the time after \"/\" must be more than 0 and at most 24h",
                     rate_limit_forms);
  }
  return RateLimit{*calls, *length};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const std::string_view body = trimmed(text);
  const auto number = scan_number(body);
  if (!number) {
    return malformed("size", text, number_reason(body), byte_forms);
  }
  if (number->rest.empty() && number->value == 0.0) {
    return std::uint64_t{0};
  }
  if (number->rest.empty()) {
    return malformed("size", text, "the unit is missing", byte_forms);
  }
  const Unit* const unit = find_unit(byte_units, number->rest);
  if (unit == nullptr) {
    return malformed("size", text, fmt::format("the unit {} is not known", in_quotes(number->rest)),
                     byte_forms);
  }
  if (!is_whole(*number, unit->factor)) {
    return malformed("size", text, "it is not a whole number of bytes", byte_forms);
  }
  const auto bytes = scaled(*number, unit->factor);
  if (!bytes) {
    return malformed("size", text, "it is larger than 2^63 - 1 bytes", byte_forms);
  }
  return *bytes;
}

Result<std::uint64_t> parse_bandwidth(std::string_view text) {
  const std::string_view body = trimmed(text);
  const bool is_per_second = body.ends_with("/s");
  const auto bytes = parse_bytes(is_per_second ? body.substr(0, body.size() - 2) : body);
  if (!is_per_second || bytes.has_error() || *bytes == 0) {
    return malformed("bandwidth", text, "it is no size of at least a byte and \"/s\"",
                     "write it like 1MiB/s or 500kB/s");
  }
  return *bytes;
}

Result<double> parse_fraction(std::string_view text) {
  const std::string_view body = trimmed(text);
  const auto number = scan_number(body);
  if (!number) {
    return malformed("fraction", text, number_reason(body), fraction_forms);
  }
  if (!number->rest.empty() && number->rest != "%") {
    return malformed("fraction", text, fmt::format("{} is not %", in_quotes(number->rest)),
                     fraction_forms);
  }
  const double fraction = number->rest.empty() ? number->value : number->value / 100.0;
  if (!(fraction <= 1.0)) {
    return malformed("fraction", text, "it is above 1", fraction_forms);
  }
  return fraction;
}

Result<std::uint64_t> parse_count(std::string_view text) {
  const std::string_view body = trimmed(text);
  const auto number = scan_number(body);
  if (!number) {
    return malformed("count", text, number_reason(body), count_forms);
  }
  const Unit* const unit = find_unit(count_units, number->rest);
  if (unit == nullptr) {
    return malformed("count", text, fmt::format("{} is not k, M or G", in_quotes(number->rest)),
                     count_forms);
  }
  if (!is_whole(*number, unit->factor)) {
    return malformed("count", text, "it is not a whole number", count_forms);
  }
  const auto count = scaled(*number, unit->factor);
  if (!count) {
    return malformed("count", text, "it is larger than 2^63 - 1", count_forms);
  }
  return *count;
}

std::string format_duration(Duration span) {
  constexpr std::array<std::pair<double, std::string_view>, 6> units{
      {{3.6e12, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1.0, "ns"}}};
  const double nanoseconds = std::abs(static_cast<double>(span.count()));
  const std::string_view sign = span < Duration{0} ? "-" : "";
  for (const auto& [factor, name] : units) {
    // Seconds and below read well from half a unit on ("0.9 s"); 90 s and 100 min stay as they are.
    const double least = factor > 1e9 ? 2.0 : factor > 1.0 ? 0.5 : 0.0;
    if (nanoseconds >= least * factor) {
      return fmt::format("{}{} {}", sign, three_digits(nanoseconds / factor), name);
    }
  }
  return "0 ns";
}

std::string format_rate(Rate rate) {
  const double value = rate.calls_per_second();
  if (value >= 1e6) {
    return fmt::format("{:.4g}M/s", value / 1e6);
  }
  if (value >= 1e3) {
    return fmt::format("{:.4g}k/s", value / 1e3);
  }
  return fmt::format("{}/s", three_digits(value));
}

std::string to_scenario_text(Duration span) {
  constexpr std::array units{
      Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000},
      Unit{"ms", 1'000'000},        Unit{"us", 1'000},         Unit{"ns", 1}};
  if (span == Duration{0}) {
    return "0s";
  }
  for (const Unit& unit : units) {
    const auto factor = static_cast<std::int64_t>(unit.factor);
    // Seconds compare more easily than a few minutes: "120s" beside "90s", but "5m".
    if (span.count() % factor == 0 && (factor <= 1'000'000'000 || span.count() / factor >= 5)) {
      return fmt::format("{}{}", span.count() / factor, unit.name);
    }
  }
  return {};
}

std::string to_scenario_text(Rate rate) { return decimal_text(rate.calls_per_second()) + "/s"; }

std::string to_scenario_text(const RateLimit& limit) {
  return fmt::format("{}/{}", limit.calls, to_scenario_text(limit.per));
}

std::string decimal_text(double value) {
  std::array<char, 400> buffer{};  // the smallest double has 324 zeros before its first digit
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return error == std::errc{} ? std::string{buffer.data(), end} : std::string{"0"};
}

std::string format_count(std::uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string format_percent(double fraction) {
  const double percent = fraction * 100.0;
  if (percent == 0.0 || percent == 100.0) {
    return percent == 0.0 ? "0 %" : "100 %";
  }
  // Never rounded to "none" or "all": one lost call in a million is not 0 %.
  if (percent > 0.0 && percent < 0.001) {
    return "< 0.001 %";
  }
  if (percent > 99.0 && percent < 100.0) {
    return percent > 99.99 ? "> 99.99 %" : fmt::format("{:.4g} %", percent);
  }
  const int decimals = percent >= 10.0 ? 0 : percent >= 1.0 ? 1 : percent >= 0.1 ? 2 : 3;
  return fmt::format("{:.{}f} %", percent, decimals);
}

}  // namespace queuemeter
