// SPDX-License-Identifier: Apache-2.0
#include "harness/call/empirical_table.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace queuemeter {
namespace {

constexpr Duration longest_value = std::chrono::hours{24};
constexpr std::size_t longest_line = 256;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool has_digit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

/// "99.9", "p99.9" or "99.9%" as a fraction.
std::optional<double> parse_percentile(std::string_view text) {
  if (!text.empty() && (text.front() == 'p' || text.front() == 'P')) {
    text.remove_prefix(1);
  }
  if (!text.empty() && text.back() == '%') {
    text.remove_suffix(1);
  }
  double percent = 0.0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (text.empty() || error != std::errc{} || stop != end ||
      !(percent >= 0.0 && percent <= 100.0)) {
    return std::nullopt;
  }
  return percent / 100.0;
}

}  // namespace

/// Fills a table line by line.
class EmpiricalTable::Reader {
 public:
  explicit Reader(EmpiricalTable& table) : table_{table} {}

  /// What is wrong with the line; nothing when it was understood or is to be skipped.
  [[nodiscard]] std::optional<std::string> take(std::string_view line) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#') {
      return std::nullopt;
    }
    if (!has_digit(line) && !std::exchange(seen_heading_, true) && count() == 0) {
      return std::nullopt;
    }
    if (count() >= most_lines) {
      return fmt::format("it is more than {} values; use a table of percentiles",
                         format_count(most_lines));
    }
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) {
      return take_value(line);
    }
    return take_point(trimmed(line.substr(0, comma)), trimmed(line.substr(comma + 1)));
  }

  /// What is wrong with the file as a whole.
  [[nodiscard]] std::optional<std::string> finish() {
    if (count() == 0) {
      return "it holds no value; write one span per line, such as 12ms, or percentiles such as "
             "99, 250ms";
    }
    if (table_.points_.size() == 1) {
      return "a table of percentiles needs two of them at least";
    }
    std::sort(table_.values_.begin(), table_.values_.end());
    table_.values_.empty() ? table_.summarise_points() : table_.summarise_values();
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::size_t count() const { return table_.values_.size() + table_.points_.size(); }

  [[nodiscard]] static Result<double> parse_value(std::string_view text) {
    const Result<Duration> span = parse_duration(text);
    if (span.has_error()) {
      return span.error();
    }
    if (*span > longest_value) {
      return Error::usage(fmt::format("{} is longer than 24h", in_quotes(text)));
    }
    return static_cast<double>(span->count());
  }

  [[nodiscard]] std::optional<std::string> take_value(std::string_view text) {
    const Result<double> value = parse_value(text);
    if (value.has_error()) {
      return value.error().what;
    }
    if (!table_.points_.empty()) {
      return fmt::format("{} has no percentile, but the lines before it have", in_quotes(text));
    }
    table_.values_.push_back(*value);
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> take_point(std::string_view percentile,
                                                      std::string_view text) {
    const auto probability = parse_percentile(percentile);
    if (!probability) {
      return fmt::format("{} is not a percentile from 0 to 100", in_quotes(percentile));
    }
    const Result<double> value = parse_value(text);
    if (value.has_error()) {
      return value.error().what;
    }
    if (!table_.values_.empty()) {
      return fmt::format("{} has a percentile, but the lines before it have none",
                         in_quotes(percentile));
    }
    auto& points = table_.points_;
    if (!points.empty() && *probability <= points.back().probability) {
      return fmt::format("the percentile {} does not come after the one before it",
                         in_quotes(percentile));
    }
    if (!points.empty() && *value < points.back().nanoseconds) {
      return fmt::format("{} is less than the value of a lower percentile", in_quotes(text));
    }
    points.push_back({*probability, *value});
    return std::nullopt;
  }

  EmpiricalTable& table_;
  bool seen_heading_ = false;
};

Result<std::shared_ptr<const EmpiricalTable>> EmpiricalTable::read(const std::string& path) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  const auto unreadable = [&path](const char* why) {
    return Error::usage(fmt::format("{} cannot be read: {}; give the name of a file of times",
                                    in_quotes(path), why));
  };
  if (!file) {
    return unreadable(errno == 0 ? "it cannot be opened" : std::strerror(errno));
  }
  const std::shared_ptr<EmpiricalTable> table{new EmpiricalTable{path}};
  Reader reader{*table};
  std::array<char, longest_line> line{};
  std::size_t bytes = 0;
  for (std::size_t number = 1; file.peek() != std::ifstream::traits_type::eof(); ++number) {
    file.getline(line.data(), static_cast<std::streamsize>(line.size()));
    const auto length = static_cast<std::size_t>(file.gcount());
    bytes += length;
    std::optional<std::string> wrong;
    if (file.bad() || (file.fail() && !file.eof())) {
      wrong = fmt::format("the line is longer than {} bytes, which no time is", longest_line - 1);
    } else if (bytes > most_bytes) {
      wrong = fmt::format("the file is larger than {} MiB", most_bytes >> 20U);
    } else {
      wrong = reader.take({line.data(), std::strlen(line.data())});
    }
    if (wrong) {
      return Error::usage(fmt::format("{}:{}: {}", one_line(path), number, *wrong));
    }
  }
  if (file.bad()) {
    return unreadable("reading failed; is it a folder?");
  }
  if (const auto wrong = reader.finish()) {
    return Error::usage(fmt::format("{}: {}", one_line(path), *wrong));
  }
  return std::shared_ptr<const EmpiricalTable>{table};
}

double EmpiricalTable::quantile(double probability) const noexcept {
  if (points_.empty()) {
    const auto count = static_cast<double>(values_.size());
    const auto place = static_cast<std::size_t>(std::max(0.0, probability * count));
    return values_[std::min(place, values_.size() - 1)];
  }
  const auto above = std::upper_bound(
      points_.begin(), points_.end(), probability,
      [](double wanted, const Point& point) { return wanted < point.probability; });
  if (above == points_.begin()) {
    return points_.front().nanoseconds;
  }
  if (above == points_.end()) {
    return points_.back().nanoseconds;
  }
  const Point& low = *(above - 1);
  const double part = (probability - low.probability) / (above->probability - low.probability);
  return low.nanoseconds + part * (above->nanoseconds - low.nanoseconds);
}

void EmpiricalTable::summarise_values() noexcept {
  double sum = 0.0;
  double squares = 0.0;
  for (const double value : values_) {
    sum += value;
    squares += value * value;
  }
  const auto count = static_cast<double>(values_.size());
  set_moments(sum / count, squares / count);
}

// Between two points the values are uniform: E X = (a + b)/2, E X² = (a² + ab + b²)/3.
void EmpiricalTable::summarise_points() noexcept {
  const Point& first = points_.front();
  const Point& last = points_.back();
  const double above = 1.0 - last.probability;
  double sum = first.probability * first.nanoseconds + above * last.nanoseconds;
  double squares = first.probability * first.nanoseconds * first.nanoseconds +
                   above * last.nanoseconds * last.nanoseconds;
  for (std::size_t at = 1; at < points_.size(); ++at) {
    const double low = points_[at - 1].nanoseconds;
    const double high = points_[at].nanoseconds;
    const double weight = points_[at].probability - points_[at - 1].probability;
    sum += weight * (low + high) / 2.0;
    squares += weight * (low * low + low * high + high * high) / 3.0;
  }
  set_moments(sum, squares);
}

void EmpiricalTable::set_moments(double mean, double mean_square) noexcept {
  mean_ns_ = mean;
  variation_ = mean > 0.0 ? std::sqrt(std::max(0.0, mean_square - mean * mean)) / mean : 0.0;
}

}  // namespace queuemeter
