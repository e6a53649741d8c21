// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/replay_file.hpp"

#include "harness/traffic/recorded_instant.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace queuemeter {
namespace {

/// A line of an access log or of JSON is longer only by mistake.
constexpr std::size_t longest_line = 1U << 20U;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\"";
  const std::size_t begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The instant in one line of a file, by the form that its first line showed.
class LineForm {
 public:
  virtual ~LineForm() = default;
  [[nodiscard]] virtual std::optional<RecordedInstant> read(std::string_view line) const = 0;
};

class CsvForm final : public LineForm {
 public:
  explicit CsvForm(NumberUnit unit) : unit_{unit} {}
  static std::string_view first_column(std::string_view line) {
    return trimmed(line.substr(0, line.find_first_of(",;\t")));
  }
  [[nodiscard]] std::optional<RecordedInstant> read(std::string_view line) const override {
    const std::string_view column = first_column(line);
    const auto number = parse_number_instant(column, unit_);
    return number ? number : parse_iso_instant(column);
  }

 private:
  NumberUnit unit_;
};

class AccessLogForm final : public LineForm {
 public:
  [[nodiscard]] std::optional<RecordedInstant> read(std::string_view line) const override {
    const std::size_t begin = line.find('[');
    const std::size_t end = line.find(']', begin == std::string_view::npos ? 0 : begin);
    return begin == std::string_view::npos || end == std::string_view::npos
               ? std::nullopt
               : parse_log_instant(line.substr(begin + 1, end - begin - 1));
  }
};

class JsonForm final : public LineForm {
 public:
  [[nodiscard]] std::optional<RecordedInstant> read(std::string_view line) const override {
    constexpr std::array<const char*, 7> keys{"time", "timestamp",    "@timestamp", "ts",
                                              "msec", "time_iso8601", "time_local"};
    const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
    if (!object.is_object()) {
      return std::nullopt;
    }
    for (const char* const key : keys) {
      if (const auto found = object.find(key); found != object.end()) {
        return value_of(*found);
      }
    }
    return std::nullopt;
  }

 private:
  static std::optional<RecordedInstant> value_of(const nlohmann::json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (const auto number = parse_number_instant(text, NumberUnit::by_size)) {
      return number;
    }
    const auto iso = parse_iso_instant(text);
    return iso ? iso : parse_log_instant(text);
  }
};

/// The form of a file, and whether its first line is a header.
struct Recognised {
  std::unique_ptr<LineForm> form;
  bool has_header = false;
};

Recognised recognise(std::string_view first_line) {
  if (first_line.starts_with('{')) {
    return {std::make_unique<JsonForm>()};
  }
  if (auto log = std::make_unique<AccessLogForm>(); log->read(first_line)) {
    return {std::move(log)};
  }
  auto csv = std::make_unique<CsvForm>(NumberUnit::by_size);
  if (csv->read(first_line)) {
    return {std::move(csv)};
  }
  const bool nanoseconds = CsvForm::first_column(first_line).ends_with("ns");
  return {std::make_unique<CsvForm>(nanoseconds ? NumberUnit::nanoseconds : NumberUnit::by_size),
          true};
}

/// Spreads the calls of each second evenly over it.
class Arrivals {
 public:
  explicit Arrivals(std::vector<Duration>& instants) : instants_{instants} {}

  void add(const RecordedInstant& instant) {
    if (!instant.whole_seconds || instant.since_epoch != second_) {
      spread();
      second_ = instant.since_epoch;
      second_begins_ = instants_.size();
    }
    whole_seconds_ = instant.whole_seconds;
    instants_.push_back(instant.since_epoch);
  }
  void spread() {
    const std::size_t calls = instants_.size() - second_begins_;
    for (std::size_t call = 0; whole_seconds_ && call < calls; ++call) {
      instants_[second_begins_ + call] +=
          Duration{static_cast<Duration::rep>(call * 1'000'000'000U / calls)};
    }
  }

 private:
  std::vector<Duration>& instants_;
  Duration second_{Duration::min()};
  std::size_t second_begins_ = 0;
  bool whole_seconds_ = false;
};

/// One line without its end; false at the end of the file. Of a line that is too long only so much
/// is read that this shows.
bool read_line(std::istream& lines, std::string& text) {
  constexpr int end_of_file = std::char_traits<char>::eof();
  text.clear();
  for (;;) {
    const int character = lines.rdbuf()->sbumpc();
    if (character == end_of_file) {
      return !text.empty();
    }
    if (character == '\n' || text.size() > longest_line) {
      return true;
    }
    text.push_back(static_cast<char>(character));
  }
}

std::string shortened(std::string_view line) {
  constexpr std::size_t most = 60;
  return line.size() <= most ? std::string{line} : std::string{line.substr(0, most)} + "…";
}

}  // namespace

Result<RecordedArrivals> read_replay(std::istream& lines, const std::string& name) {
  std::vector<Duration> instants;
  Arrivals arrivals{instants};
  Recognised recognised;
  Duration previous = Duration::min();
  std::size_t number = 0;
  std::string text;
  while (read_line(lines, text)) {
    ++number;
    const auto wrong = [&](std::string_view what) {
      return Error::usage(
          fmt::format("{}:{}: {}: \"{}\"", name, number, what, shortened(trimmed(text))));
    };
    const std::string_view line = text;
    if (line.size() > longest_line) {
      return wrong("a line of more than 1 MiB is no recorded call");
    }
    if (trimmed(line).empty()) {
      continue;
    }
    if (recognised.form == nullptr) {
      recognised = recognise(line);
      if (recognised.has_header) {
        continue;
      }
    }
    const std::optional<RecordedInstant> instant = recognised.form->read(line);
    if (!instant) {
      return wrong(
          "no instant can be read here; wanted are seconds, nanoseconds, an ISO time or an access "
          "log's [10/Oct/2000:13:55:36 -0700]");
    }
    if (instant->since_epoch < Duration{0}) {
      return wrong("an instant must not be negative; count from the first call, or from 1970");
    }
    if (instant->since_epoch < previous) {
      return wrong("an instant lies before the one above it; sort the file by time");
    }
    if (instants.size() == most_recorded_arrivals) {
      return wrong(fmt::format("more than {} calls; split the file", most_recorded_arrivals));
    }
    previous = instant->since_epoch;
    arrivals.add(*instant);
  }
  if (instants.empty()) {
    return Error::usage(fmt::format(
        "{}: has no recorded calls; it needs one instant on a line, such as 0.25", name));
  }
  arrivals.spread();
  const Duration first = instants.front();
  for (Duration& instant : instants) {
    instant -= first;
  }
  return std::make_shared<const std::vector<Duration>>(std::move(instants));
}

Result<RecordedArrivals> read_replay_file(const std::string& path) {
  std::ifstream file{path};
  if (!file) {
    return Error::usage(
        fmt::format("{}: cannot be read ({}); traffic.arrivals = \"replay:FILE\" "
                    "wants a CSV file or an access log",
                    path, std::strerror(errno)));
  }
  return read_replay(file, path);
}

}  // namespace queuemeter
