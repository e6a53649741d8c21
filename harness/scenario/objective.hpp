// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/scenario/scenario.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Every metric an objective may name: spans with _p50 … _max, drop_rate, goodput, backlog_age,
/// drain.
[[nodiscard]] const std::vector<std::string>& objective_metrics();

/// True for the metrics of spans ("completion_p99"), which need an objective on drops beside them.
[[nodiscard]] bool is_latency_metric(std::string_view metric);

/// Reads `completion_p99` and "< 50ms". Errors: an unknown metric (with the nearest one), no
/// comparison, a value of the wrong kind.
[[nodiscard]] Result<Objective> parse_objective(std::string_view metric, std::string_view text);

/// "< 50ms": read back by `parse_objective` to the same limit.
[[nodiscard]] std::string to_scenario_text(const Objective& objective);

}  // namespace queuemeter
