// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/cli/command_line.hpp"
#include "harness/scenario/default_scenario.hpp"

#include <string_view>
#include <vector>

namespace queuemeter::cli {

/// What `queuemeter run` was asked to measure.
struct RunPlan {
  enum class Kind {
    comparison,  ///< bare `run`: direct against queued, above and below capacity
    single,      ///< one scenario, once
    matrix,      ///< every combination of a scenario's [matrix], once or more
    repetition   ///< one scenario, `run.repeat` times
  };
  Kind kind = Kind::single;
  std::vector<LabelledScenario> runs;
};

/// The word of a study document.
[[nodiscard]] std::string_view to_string(RunPlan::Kind kind) noexcept;

/// Reads the scenario file, or makes a scenario from a URL or from options alone. The error lists
/// everything that is wrong with the scenario, a line each.
[[nodiscard]] Result<RunPlan> plan_runs(const CommandLine& line);

}  // namespace queuemeter::cli
