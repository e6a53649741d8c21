// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/run/phase.hpp"

#include <memory>
#include <vector>

namespace queuemeter {

/// Every run, from first to last: prepare, warm up, measure, drain, sweep, settle.
[[nodiscard]] std::vector<std::unique_ptr<RunPhase>> phases_of_a_run();

}  // namespace queuemeter
