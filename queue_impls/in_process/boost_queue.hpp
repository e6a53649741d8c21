// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter::queues {

/// boost::lockfree::queue: a linked list after Michael and Scott with a free list of nodes, all of
/// them made in advance.
///
/// When to use: several threads on both ends where nobody may ever wait for a thread that lost its
/// CPU.
/// When not: for speed. Each call costs several contended atomics and a cache line; and it cannot
/// tell how many calls are in it.
inline constexpr QueueTraits boost_queue_traits{
    .name = "boost_queue",
    .summary = "boost::lockfree::queue, nodes made in advance",
};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_boost_queue(const QueueSettings& settings,
                                                              const QueueContext& context);

}  // namespace queuemeter::queues
