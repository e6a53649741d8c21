// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <vector>

namespace queuemeter {

/// What came of one objective. A drop rate is judged with the calls in doubt (`drop_rate_max`); a
/// percentile that may not be printed cannot be judged either, and `met` stays empty.
[[nodiscard]] ObjectiveResult evaluate(const Objective& objective, const RunDocument& run);

[[nodiscard]] std::vector<ObjectiveResult> evaluate_objectives(const RunDocument& run);

}  // namespace queuemeter
