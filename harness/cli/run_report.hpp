// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/run_plan.hpp"
#include "harness/record/study_json.hpp"

#include <string>

namespace queuemeter::cli {

/// What a person reads after the runs: the comparison, one run, or one row each. A comparison that
/// was cut short is shown run by run. `study.runs` must not be empty.
[[nodiscard]] std::string run_report(RunPlan::Kind kind, const StudyDocument& study,
                                     const std::string& folder);

/// The one JSON document: a result for a single run, otherwise a study.
[[nodiscard]] std::string json_report(RunPlan::Kind kind, const StudyDocument& study);

}  // namespace queuemeter::cli
