// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/instant.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_taker.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/run_window.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/arrival_plan.hpp"

#include <cstddef>
#include <cstdint>

namespace queuemeter {

// How a scenario's tables become the settings of the parts: pure translations, used by the
// measured run and by the simulation alike.

[[nodiscard]] RunWindow make_window(const Scenario& scenario, Instant start);
[[nodiscard]] ArrivalPlan make_arrival_plan(const Scenario& scenario);
[[nodiscard]] CallMaker make_call_maker(const Scenario& scenario, std::uint64_t run_id,
                                        std::uint16_t offerer);

/// For the queue that carries calls; `records` must outlive it.
[[nodiscard]] QueueContext make_queue_context(const Scenario& scenario, RecordTable& records);

/// Freezes count from the opening of the measured window.
[[nodiscard]] SyntheticSettings make_synthetic_settings(const Scenario& scenario,
                                                        const RunWindow& window);
/// `url` and `has_account` are the caller's to say.
[[nodiscard]] HttpBackendSettings make_http_settings(const Scenario& scenario, std::string url,
                                                     bool has_account);
[[nodiscard]] BackendServerSettings make_server_settings(const Scenario& scenario);

[[nodiscard]] RetryRules make_retry_rules(const Scenario& scenario);
/// What the queue is says whether taken calls are acknowledged, and how many together.
[[nodiscard]] TakingRules make_taking_rules(const Scenario& scenario, const QueueTraits& traits);

/// Records one offerer needs: on the direct path its share of the caller limit; on the queued one
/// what the queue and the workers can hold, and as much again that waits to be settled.
[[nodiscard]] std::size_t pool_capacity(const Scenario& scenario,
                                        std::optional<std::size_t> queue_bound);

}  // namespace queuemeter
