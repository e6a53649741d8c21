// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/histogram_log.hpp"
#include "harness/measure/tick.hpp"
#include "harness/record/run_document.hpp"
#include "harness/scenario/scenario.hpp"

#include <span>
#include <string>
#include <string_view>

namespace queuemeter {

/// The folder below which runs are numbered when nobody names one.
inline constexpr std::string_view default_runs_folder = "queuemeter-runs";

/// Makes the next free `parent/<n>` and returns its path. The parent is made when missing, its own
/// parent is not. Two processes that ask at once get different numbers. Errors are `Error::io`.
[[nodiscard]] Result<std::string> make_numbered_folder(const std::string& parent = std::string{
                                                           default_runs_folder});

/// Writes `text` to `path` so that a reader sees the old content or the new, never a part: into a
/// temporary name beside it, synchronised, then renamed.
[[nodiscard]] Result<void> write_whole_file(const std::string& path, std::string_view text);

/// A second of one series for the histogram log; no tag is the completion of the measured phase.
struct TaggedHistogram {
  std::string_view tag;  ///< "", "answer", "lateness", "warm_up.completion"
  const Histogram& histogram;
};

/// The files of one run, written while it goes on, so that a killed run leaves a readable prefix:
/// `result.json` (marked incomplete from the start), `scenario.toml`, `ticks.jsonl`,
/// `latency.hlog`.
///
/// Used from one thread (the conductor's). Every error is `Error::io`: a full disk, a lost mount.
class RunFolder {
 public:
  /// Makes `path` (its parent must exist), or the next numbered folder when `path` is empty, and
  /// writes `opening` as a first `result.json` with complete = false. An existing folder is taken
  /// unless it holds a run.
  [[nodiscard]] static Result<RunFolder> create(const std::string& path,
                                                const RunDocument& opening);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&& other) noexcept;
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] Result<void> write_scenario(const Scenario& scenario);

  /// Appends one line to `ticks.jsonl` and hands it to the kernel before it returns.
  [[nodiscard]] Result<void> append_tick(const Tick& tick);

  /// Appends what each series gained in `length` from `start` on, both since the run began.
  [[nodiscard]] Result<void> write_histograms(Duration start, Duration length,
                                              std::span<const TaggedHistogram> histograms);

  [[nodiscard]] Result<void> write_result(const RunDocument& document);

 private:
  RunFolder(std::string path, int ticks, HistogramLogWriter histograms);

  std::string path_;
  int ticks_ = -1;  // file descriptor of ticks.jsonl
  HistogramLogWriter histograms_;
};

}  // namespace queuemeter
