// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/record/study_json.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/default_scenario.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// Several runs that are executed one after the other and reported together: a comparison of
/// paths, the combinations of a matrix, repetitions of either (`run.repeat`).
struct StudyPlan {
  std::string kind;   ///< "comparison", "matrix", "repetition"
  std::string label;  ///< what is studied, for people
  std::vector<LabelledScenario> runs;
  /// Where run number `number` (from 0, in the order of `runs_in_order`) is written.
  std::function<std::string(std::size_t number)> folder_of;
  /// Told before each run; may be empty.
  std::function<void(std::size_t number)> announce;
};

/// One run of a plan, as it is executed.
struct PlannedRun {
  LabelledScenario run;
  std::size_t repetition = 0;  ///< from 1; 0: its scenario is not repeated
};

/// The runs of a plan in the order they are executed: every scenario once, then every one that is
/// repeated once more, and so on, so that repetitions of all meet the same hours of the machine.
///
/// Repetition n draws with seed + n − 1: the same experiment with other arrivals and service times,
/// the first one exactly what a single run would be. Each has `run.repeat` = 1, so that its own
/// `scenario.toml` repeats that very run.
[[nodiscard]] std::vector<PlannedRun> runs_in_order(const std::vector<LabelledScenario>& scenarios);

/// What came of a plan, and the error that stopped it, if one did: what was measured before stays.
struct StudyOutcome {
  StudyDocument document;
  std::optional<Error> stopped;
};

/// Executes the runs until all are done, one cannot be measured, or somebody interrupts. The exit
/// code of the study is the one of its runs that comes first in precedence. Blocks.
[[nodiscard]] StudyOutcome conduct(const StudyPlan& plan, const RunEnvironment& environment);

}  // namespace queuemeter
