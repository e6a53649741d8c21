// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <vector>

namespace queuemeter {

/// What an objective is held against: a run, or one class of its calls. Borrows everything.
struct Measured {
  const LedgerCounts& ledger;
  std::optional<double> drop_rate_max;
  double goodput_per_s = 0.0;
  const SpanSummaries& latency;
  const std::optional<Backlog>& backlog;

  [[nodiscard]] static Measured of(const RunDocument& run) noexcept;
  /// A class has no backlog of its own: what waits in the queue are calls of all classes.
  [[nodiscard]] static Measured of(const ClassResult& result) noexcept;
};

/// What came of one objective. A drop rate is judged with the calls in doubt (`drop_rate_max`); a
/// percentile that may not be printed cannot be judged either, and `met` stays empty.
[[nodiscard]] ObjectiveResult evaluate(const Objective& objective, const Measured& measured);

/// All objectives of the run, and those of its class where all calls are of a single one.
[[nodiscard]] std::vector<ObjectiveResult> evaluate_objectives(const RunDocument& run);
/// The objectives of one class alone, found by its name.
[[nodiscard]] std::vector<ObjectiveResult> evaluate_objectives(const RunDocument& run,
                                                               const ClassResult& result);

}  // namespace queuemeter
