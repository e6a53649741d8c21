// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace queuemeter {

/// True when what was measured could not keep up: it completed less than 98 % of what was planned,
/// and a full or growing backlog, refusals, or timeouts of a busy backend say why. A finding about
/// the system, never a fault of the run. Closed loops and saturation are never saturated: there
/// nobody asks for more than what is served. Needs `busy` to be filled.
[[nodiscard]] bool is_saturated(const RunDocument& run);

/// True when the backlog grew by more than 1 % of the planned rate and by 3 standard errors, in
/// traffic that could go on so.
[[nodiscard]] bool backlog_grew(const RunDocument& run);

/// What the backlog would do if calls came on as they did: "empty", "clears in 35 s", "grows 200/s,
/// will not drain at this rate of calls", "steady at 40".
[[nodiscard]] std::string forecast_of(const RunDocument& run);

/// Calls that were lost although the queue's declared guarantee excludes it. At most once allows to
/// lose what a worker had when it died, a volatile queue what it held when it died; nobody can keep
/// what somebody else removed.
[[nodiscard]] std::int64_t losses_beyond_guarantee(const RunDocument& run);

/// True when calls were lost, duplicated or reordered although the queue's declared guarantee and
/// order exclude it.
[[nodiscard]] bool breaks_guarantee(const RunDocument& run);

/// Everything worth knowing, most important first. Needs `saturated` and the forecast.
[[nodiscard]] std::vector<Finding> findings_of(const RunDocument& run);

}  // namespace queuemeter
