// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter::queues {

/// A bounded deque behind one mutex: the queue most programs start with, and the baseline.
///
/// When to use: anything up to some 100,000 calls/s, any number of threads on both ends; and in
/// batches, where it beats most lock-free queues.
/// When not: single calls at millions per second, or where a producer must not wait for a consumer
/// that lost its CPU while holding the lock.
inline constexpr QueueTraits mutex_deque_traits{
    .name = "mutex_deque",
    .summary = "bounded std::deque behind one mutex (baseline)",
    .bulk = Ability::native,
    .depth = Ability::native,
};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_mutex_deque(const QueueSettings& settings,
                                                              const QueueContext& context);

}  // namespace queuemeter::queues
