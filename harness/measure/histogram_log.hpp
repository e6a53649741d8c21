// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/measure/histogram.hpp"

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// A histogram in HdrHistogram's V2 encoding, compressed, in base64: one field of a log line.
/// Samples over range have no place in it.
[[nodiscard]] std::string encode_histogram(const Histogram& histogram);

/// The reverse, for the older encodings V0 and V1 as well, and for payloads that are not
/// compressed. Refuses what is damaged, and parameters other than 1 ns, 1 h, 3 digits. Takes at
/// most 1 MiB of memory besides what `base64` takes, whatever it says of itself.
[[nodiscard]] Result<Histogram> decode_histogram(std::string_view base64);

/// Writes an HdrHistogram log (format 1.3) that the standard tools open. One thread.
///
/// Every line is flushed, so what a killed run has written can be read. Write the primary series
/// untagged: the reference tool fails on a file in which every line has a tag.
class HistogramLogWriter {
 public:
  /// Creates or empties the file and writes its header. `start_s` is wall-clock seconds since the
  /// epoch; the times of lines count from it.
  [[nodiscard]] static Result<HistogramLogWriter> open(const std::string& path, double start_s);

  /// One line: the samples of `length_s` seconds that began `start_s` seconds after the log's
  /// start. An empty `tag` leaves the line untagged. Lines must come in the order of their starts.
  [[nodiscard]] Result<void> write(std::string_view tag, double start_s, double length_s,
                                   const Histogram& histogram);

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  HistogramLogWriter(File file, std::string path)
      : file_{std::move(file)}, path_{std::move(path)} {}
  [[nodiscard]] Result<void> append(const std::string& text);

  File file_;
  std::string path_;
};

/// One line of a log.
struct HistogramLogEntry {
  std::string tag;
  double start_s = 0.0;  ///< as written: after the log's base time
  double length_s = 0.0;
  Histogram histogram;
};

/// Reads a log of the format versions 1.0 to 1.3 line by line, so that a long one need not fit into
/// memory; true when the file ends in the middle of a line, which is left out: its writer was
/// killed. Errors: unreadable, damaged before the end, foreign parameters; with file and line.
[[nodiscard]] Result<bool> visit_histogram_log(
    const std::string& path, const std::function<void(HistogramLogEntry&&)>& visitor);

/// All lines of a log. `truncated` (may be absent) is set to whether it ends within a line.
[[nodiscard]] Result<std::vector<HistogramLogEntry>> read_histogram_log(const std::string& path,
                                                                        bool* truncated = nullptr);

}  // namespace queuemeter
