// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/path/process_orders.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/run_window.hpp"
#include "harness/queue/queue.hpp"
#include "harness/run/worker_half.hpp"
#include "harness/scenario/scenario.hpp"

#include <string>

namespace queuemeter {

/// What the worker processes of a run are told. `backend_url` is that of a managed backend, else
/// empty; `replies` is null unless replies go through a queue.
[[nodiscard]] ProcessOrders make_process_orders(const Scenario& scenario, const RunWindow& window,
                                                const QueueContext& context, const Queue& calls,
                                                const Queue* replies,
                                                const std::string& backend_url);

/// How the worker half gets a crew of child processes: of `program`, which must be the queuemeter
/// binary. `records` must outlive the crew.
[[nodiscard]] MakeProcessCrew process_crew_maker(std::string program, ProcessOrders orders,
                                                 RecordTable& records);

}  // namespace queuemeter
