// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/queue/queue.hpp"

#include <cstddef>

namespace queuemeter {

/// The descriptors that a worker process inherits.
inline constexpr int process_board_descriptor = 3;
inline constexpr int process_bell_descriptor = 4;

/// The life of one worker process, as PHP workers live: it opens its queue and its backend, boots,
/// takes one call, makes it, hands back how it went, takes the next; it leaves after its share of
/// calls, or when its parent wants it to, and dies with its parent.
///
/// `number` is its place on the board that it inherits. Returns when it has left of its own accord.
/// Errors: it was not started by a crew, or could not open what it needs (the parent has the
/// sentence). To be called by a process that has one thread and nothing else to do.
[[nodiscard]] Result<void> run_worker_process(std::size_t number, const OpenQueue& open_queue);

}  // namespace queuemeter
