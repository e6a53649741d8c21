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
/// paths, the combinations of a matrix.
struct StudyPlan {
  std::string kind;   ///< "comparison", "matrix"
  std::string label;  ///< what is studied, for people
  std::vector<LabelledScenario> runs;
  /// Where run number `number` (from 0) is written.
  std::function<std::string(std::size_t number)> folder_of;
  /// Told before each run; may be empty.
  std::function<void(std::size_t number)> announce;
};

/// What came of a plan, and the error that stopped it, if one did: what was measured before stays.
struct StudyOutcome {
  StudyDocument document;
  std::optional<Error> stopped;
};

/// Executes the runs until all are done, one cannot be measured, or somebody interrupts. The exit
/// code of the study is the one of its runs that comes first in precedence. Blocks.
[[nodiscard]] StudyOutcome conduct(const StudyPlan& plan, const RunEnvironment& environment);

}  // namespace queuemeter
