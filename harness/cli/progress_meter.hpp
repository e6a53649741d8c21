// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/measure/coarse_histogram.hpp"
#include "harness/measure/tick.hpp"
#include "harness/scenario/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace queuemeter::cli {

/// What a person watches while a run goes on, over one second of it.
struct ProgressFigures {
  double elapsed_s = 0.0;  ///< since the run's first tick
  std::string stage;
  double sent_per_s = 0.0, done_per_s = 0.0, dropped_per_s = 0.0;
  /// "p99 20.1 ms": the highest percentile of the second's completions that may be printed; "p99 -"
  /// when there were too few for any.
  std::string latency;
  std::string waiting;  ///< "backlog 150", "in flight 158"
};

/// Turns ticks into a second's figures. One object for each run, one thread.
class ProgressMeter {
 public:
  /// The figures of the second that ends with this tick; nothing inside of one.
  [[nodiscard]] std::optional<ProgressFigures> add(const Tick& tick, const Scenario& scenario);

 private:
  Instant began_ = unobserved;   // of the first tick
  Instant second_ = unobserved;  // when the current second began
  LedgerCounts since_;           // both phases, in the current second
  CoarseHistogram completion_;   // in the current second
};

}  // namespace queuemeter::cli
