// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/measure/coarse_histogram.hpp"
#include "harness/measure/tick.hpp"
#include "harness/run/run.hpp"

#include <functional>
#include <string>

namespace queuemeter::cli {

/// One plain line a second about a run: how much is sent and done, p99 so far, drops, backlog.
/// One object for each run; used on the conductor's thread.
class ProgressLines final : public ProgressSink {
 public:
  using Print = std::function<void(const std::string& line)>;
  explicit ProgressLines(Print print) : print_{std::move(print)} {}

  void ticked(const Tick& tick, const Scenario& scenario) override;

 private:
  [[nodiscard]] std::string line(const Tick& tick, const Scenario& scenario) const;

  Print print_;
  Instant began_ = unobserved;    // of the first tick
  Instant printed_ = unobserved;  // end of the last line's second
  LedgerCounts since_;            // both phases, since the last line
  CoarseHistogram completion_;    // measured phase, since the run began
};

}  // namespace queuemeter::cli
