// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/recorded_instant.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace queuemeter {
namespace {

/// Seconds beyond this would be three million years; it is nanoseconds since 1970, or about.
constexpr double largest_seconds = 1e14;
/// What fits 63 bits of nanoseconds.
constexpr double most_seconds = 9.2e9;

/// Takes what is expected off the front of a text, piece by piece.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_{text} {}

  bool skip(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly so many digits.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) {
      return std::nullopt;
    }
    int value = 0;
    for (const char digit : rest_.substr(0, count)) {
      if (digit < '0' || digit > '9') {
        return std::nullopt;
      }
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  /// The digits after a point, as nanoseconds; what is finer is cut off.
  std::optional<Duration> fraction() {
    Duration::rep nanoseconds = 0;
    Duration::rep worth = 100'000'000;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      nanoseconds += worth * (rest_[count] - '0');
      worth /= 10;
    }
    rest_.remove_prefix(count);
    return count == 0 ? std::nullopt : std::optional{Duration{nanoseconds}};
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

std::optional<Duration> clock_time(Scanner& scan) {
  const auto hour = scan.digits(2);
  if (!hour || !scan.skip(':')) {
    return std::nullopt;
  }
  const auto minute = scan.digits(2);
  if (!minute || !scan.skip(':')) {
    return std::nullopt;
  }
  const auto second = scan.digits(2);
  // A leap second is written as 60.
  if (!second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

/// "Z", "+02:00", "-0700", or nothing at all.
std::optional<Duration> zone(Scanner& scan) {
  if (scan.rest().empty() || scan.skip('Z') || scan.skip('z')) {
    return Duration{0};
  }
  const bool west = scan.skip('-');
  if (!west && !scan.skip('+')) {
    return std::nullopt;
  }
  const auto hours = scan.digits(2);
  scan.skip(':');
  const auto minutes = scan.digits(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const Duration offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return west ? -offset : offset;
}

std::optional<Duration> date(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day ymd{std::chrono::year{year}, std::chrono::month{month},
                                        std::chrono::day{day}};
  // The years whose nanoseconds fit 63 bits.
  if (!ymd.ok() || year < 1900 || year > 2200) {
    return std::nullopt;
  }
  return Duration{std::chrono::sys_days{ymd}.time_since_epoch()};
}

}  // namespace

std::optional<RecordedInstant> parse_number_instant(std::string_view text, NumberUnit unit) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, value);
      error != std::errc{} || stop != end || !std::isfinite(value)) {
    return std::nullopt;
  }
  std::int64_t whole = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, whole);
  const bool is_whole = error == std::errc{} && stop == end;
  if (is_whole && (unit == NumberUnit::nanoseconds ||
                   (unit == NumberUnit::by_size && std::abs(value) >= largest_seconds))) {
    return RecordedInstant{Duration{whole}};  // exactly, which a double would not hold
  }
  if (unit == NumberUnit::nanoseconds || std::abs(value) > most_seconds) {
    return std::nullopt;
  }
  // The fraction by itself, because a double has no room for nanoseconds since 1970.
  const std::size_t point = text.find('.');
  if (!is_whole && point != std::string_view::npos) {
    const bool negative = text.front() == '-';
    std::int64_t seconds = 0;
    const auto [at, wrong] = std::from_chars(text.data(), text.data() + point, seconds);
    Scanner scan{text.substr(point + 1)};
    const auto fraction = scan.fraction();
    if (wrong == std::errc{} && at == text.data() + point && fraction && scan.rest().empty()) {
      return RecordedInstant{std::chrono::seconds{seconds} + (negative ? -*fraction : *fraction)};
    }
  }
  return RecordedInstant{from_seconds(value)};
}

std::optional<RecordedInstant> parse_iso_instant(std::string_view text) {
  Scanner scan{text};
  const auto year = scan.digits(4);
  if (!year || !scan.skip('-')) {
    return std::nullopt;
  }
  const auto month = scan.digits(2);
  if (!month || !scan.skip('-')) {
    return std::nullopt;
  }
  const auto day = scan.digits(2);
  if (!day || !(scan.skip('T') || scan.skip('t') || scan.skip(' '))) {
    return std::nullopt;
  }
  const auto days = date(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  const auto time = clock_time(scan);
  std::optional<Duration> fraction = Duration{0};
  if (scan.skip('.') || scan.skip(',')) {
    fraction = scan.fraction();
  }
  const auto offset = zone(scan);
  if (!days || !time || !fraction || !offset || !scan.rest().empty()) {
    return std::nullopt;
  }
  return RecordedInstant{*days + *time + *fraction - *offset};
}

std::optional<RecordedInstant> parse_log_instant(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Scanner scan{text};
  const auto day = scan.digits(2);
  if (!day || !scan.skip('/')) {
    return std::nullopt;
  }
  const std::string_view name = scan.take(3);
  unsigned month = 0;
  while (month < months.size() && months[month] != name) {
    ++month;
  }
  if (!scan.skip('/')) {
    return std::nullopt;
  }
  const auto year = scan.digits(4);
  if (!year || !scan.skip(':')) {
    return std::nullopt;
  }
  const auto days = date(*year, month + 1, static_cast<unsigned>(*day));
  const auto time = clock_time(scan);
  scan.skip(' ');
  const auto offset = zone(scan);
  if (!days || !time || !offset || !scan.rest().empty()) {
    return std::nullopt;
  }
  return RecordedInstant{*days + *time - *offset, true};
}

}  // namespace queuemeter
