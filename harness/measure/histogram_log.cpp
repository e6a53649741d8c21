// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/histogram_log.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>

namespace queuemeter {

namespace {

// Over three times the longest line that a histogram can make.
constexpr std::size_t line_limit = std::size_t{1} << 21U;

std::string utc_text(double start_s) {
  const auto seconds = static_cast<std::time_t>(start_s);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &parts);
  return {text, length};
}

/// The C reader takes lines of at most 127 bytes here, and no comment after the legend.
std::string header_text(double start_s) {
  return fmt::format(
      "#[Logged with queuemeter]\n"
      "#[Histogram log format version 1.3]\n"
      "#[StartTime: {0:.3f} (seconds since epoch), {1}]\n"
      "#[BaseTime: {0:.3f} (seconds since epoch)]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      start_s, utc_text(start_s));
}

/// Splits off what stands before the next comma; nothing when there is none.
std::optional<std::string_view> take_field(std::string_view& line) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view field = line.substr(0, comma);
  line.remove_prefix(comma + 1);
  return field;
}

std::optional<double> take_number(std::string_view& line) {
  const std::optional<std::string_view> field = take_field(line);
  if (!field) {
    return std::nullopt;
  }
  double number = 0.0;
  const char* const end = field->data() + field->size();
  const auto [stopped, error] = std::from_chars(field->data(), end, number);
  return error == std::errc{} && stopped == end && std::isfinite(number) ? std::optional{number}
                                                                         : std::nullopt;
}

Result<HistogramLogEntry> parse_line(std::string_view line) {
  constexpr std::string_view tag_prefix = "Tag=";
  HistogramLogEntry entry;
  if (line.substr(0, tag_prefix.size()) == tag_prefix) {
    line.remove_prefix(tag_prefix.size());
    entry.tag = take_field(line).value_or("");
  }
  const std::optional<double> start_s = take_number(line);
  const std::optional<double> length_s = start_s ? take_number(line) : std::nullopt;
  const std::optional<double> interval_max = length_s ? take_number(line) : std::nullopt;
  if (!interval_max) {
    return Error::io("not [Tag=…,]start,length,max,histogram; is this an HdrHistogram log?");
  }
  entry.start_s = *start_s;
  entry.length_s = *length_s;
  Result<Histogram> histogram = decode_histogram(line);
  if (!histogram) {
    return histogram.error();
  }
  entry.histogram = *std::move(histogram);
  return entry;
}

/// A version that we cannot read is refused; other comments say nothing.
std::optional<Error> refuse_comment(std::string_view line) {
  constexpr std::string_view prefix = "#[Histogram log format version ";
  constexpr std::array<std::string_view, 4> known{"1.0", "1.1", "1.2", "1.3"};
  if (line.substr(0, prefix.size()) != prefix) {
    return std::nullopt;
  }
  const std::string_view rest = line.substr(prefix.size());
  const std::string_view version = rest.substr(0, rest.find(']'));
  if (std::find(known.begin(), known.end(), version) == known.end()) {
    return Error::io(fmt::format("{}: only versions 1.0 to 1.3 can be read", one_line(line)));
  }
  return std::nullopt;
}

Error at_line(const std::string& path, std::size_t number, const Error& error) {
  return {error.kind, fmt::format("{}:{}: {}", path, number, error.what)};
}

}  // namespace

Result<HistogramLogWriter> HistogramLogWriter::open(const std::string& path, double start_s) {
  File file{std::fopen(path.c_str(), "wbe")};
  if (file == nullptr) {
    return Error::io(fmt::format("cannot create {}: {}; choose a folder that can be written to",
                                 path, std::strerror(errno)));
  }
  HistogramLogWriter writer{std::move(file), path};
  if (Result<void> written = writer.append(header_text(start_s)); !written) {
    return written.error();
  }
  return writer;
}

Result<void> HistogramLogWriter::write(std::string_view tag, double start_s, double length_s,
                                       const Histogram& histogram) {
  if (tag.find_first_of(", \t\r\n") != std::string_view::npos) {
    return Error::usage(
        fmt::format("the tag \"{}\" of a histogram log has a comma, blank or line break; use "
                    "letters, digits and '_'",
                    tag));
  }
  const std::string prefix = tag.empty() ? std::string{} : fmt::format("Tag={},", tag);
  // The maximum is in milliseconds, as the Java writer has it; readers ignore it.
  return append(fmt::format("{}{:.3f},{:.3f},{:.3f},{}\n", prefix, start_s, length_s,
                            to_seconds(histogram.max()) * 1e3, encode_histogram(histogram)));
}

Result<void> HistogramLogWriter::append(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() ||
      std::fflush(file_.get()) != 0) {
    return Error::io(fmt::format("cannot write {}: {}; free some space or choose another folder",
                                 path_, std::strerror(errno)));
  }
  return {};
}

Result<bool> visit_histogram_log(const std::string& path,
                                 const std::function<void(HistogramLogEntry&&)>& visitor) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    return Error::io(fmt::format("cannot read {}: {}; check the path", path, std::strerror(errno)));
  }
  std::string buffer(line_limit, '\0');
  for (std::size_t number = 1; !file.eof(); ++number) {
    file.getline(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (file.bad() || (file.fail() && !file.eof())) {
      return at_line(path, number, Error::io("cannot be read, or longer than any histogram"));
    }
    std::string_view line{buffer.data(), std::strlen(buffer.data())};
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);  // written on Windows
    }
    if (line.empty() || line.front() == '"') {
      continue;
    }
    if (line.front() == '#') {
      if (const std::optional<Error> error = refuse_comment(line)) {
        return at_line(path, number, *error);
      }
      continue;
    }
    Result<HistogramLogEntry> entry = parse_line(line);
    if (entry) {
      visitor(*std::move(entry));
    } else if (file.eof()) {
      // No line break follows: whoever wrote it was stopped in the middle.
      return true;
    } else {
      return at_line(path, number, entry.error());
    }
  }
  return false;
}

Result<std::vector<HistogramLogEntry>> read_histogram_log(const std::string& path,
                                                          bool* truncated) {
  std::vector<HistogramLogEntry> entries;
  const Result<bool> ended_within_line = visit_histogram_log(
      path, [&](HistogramLogEntry&& entry) { entries.push_back(std::move(entry)); });
  if (!ended_within_line) {
    return ended_within_line.error();
  }
  if (truncated != nullptr) {
    *truncated = *ended_within_line;
  }
  return entries;
}

}  // namespace queuemeter
