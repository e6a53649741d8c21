// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/front/front_settings.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_taker.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/run_window.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/class_draw.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

// How a scenario's tables become the settings of the parts: pure translations, used by the
// measured run and by the simulation alike.

/// An open loop of so many calls ends with the last of them.
[[nodiscard]] RunWindow make_window(const Scenario& scenario, const ArrivalPlan& arrivals,
                                    Instant start);
/// Reads the recording that `traffic.arrivals` names, if it does; an error says what is wrong with
/// it. In a closed loop nobody looks at the plan.
[[nodiscard]] Result<ArrivalPlan> make_arrival_plan(const Scenario& scenario);
[[nodiscard]] ClassDraw make_class_draw(const Scenario& scenario);
[[nodiscard]] CallMaker make_call_maker(const Scenario& scenario, std::uint64_t run_id,
                                        std::uint16_t offerer);

/// What travels with every call: the run's id, which is written in hexadecimal.
[[nodiscard]] std::uint64_t run_number(const std::string& id) noexcept;

/// The cheapest clock that the run's processes agree on.
[[nodiscard]] std::unique_ptr<Clock> make_clock(const Scenario& scenario);

/// Whether somebody is called at all: not on the one-sided paths, nor with `backend.kind = "none"`.
[[nodiscard]] bool calls_a_backend(const Scenario& scenario) noexcept;

/// Whether calls go through a queue behind a URL: a server that queuemeter did not start.
[[nodiscard]] bool queue_is_remote(const Scenario& scenario) noexcept;
/// Whether calls are made over HTTP.
[[nodiscard]] bool calls_over_http(const Scenario& scenario) noexcept;

/// The queue's settings, with what other tables say about it.
[[nodiscard]] QueueSettings make_queue_settings(const Scenario& scenario);
/// For the queue that carries calls; `records` must outlive it.
[[nodiscard]] QueueContext make_queue_context(const Scenario& scenario, RecordTable& records);

/// How long a call of the backend may take before whoever made it gives up: a worker has nobody
/// else who would end its wait.
[[nodiscard]] Duration longest_call(const Scenario& scenario) noexcept;

/// Freezes count from the opening of the measured window.
[[nodiscard]] SyntheticSettings make_synthetic_settings(const Scenario& scenario,
                                                        const RunWindow& window);
/// `url` and `has_account` are the caller's to say.
[[nodiscard]] HttpBackendSettings make_http_settings(const Scenario& scenario, std::string url,
                                                     bool has_account);
[[nodiscard]] BackendServerSettings make_server_settings(const Scenario& scenario);
/// Of a front end of ours, whose workers call `backend_url`.
[[nodiscard]] FrontSettings make_front_settings(const Scenario& scenario, std::string backend_url);

[[nodiscard]] RetryRules make_retry_rules(const Scenario& scenario);
/// What the queue is says whether taken calls are acknowledged, and how many together.
[[nodiscard]] TakingRules make_taking_rules(const Scenario& scenario, const QueueTraits& traits);

/// How many calls of one offerer may wait at once: its callers in a closed loop, or else its share
/// of the caller limit.
[[nodiscard]] std::size_t callers_of(const Scenario& scenario);
/// Records one offerer needs. Directly: one for each call that may wait. Through a queue: what it
/// and the workers can hold, as much again that waits to be settled, and what may be held on this
/// side; in closed loops one for each caller, and some for calls that were given up and are still
/// out.
[[nodiscard]] std::size_t pool_capacity(const Scenario& scenario,
                                        std::optional<std::size_t> queue_bound);

}  // namespace queuemeter
