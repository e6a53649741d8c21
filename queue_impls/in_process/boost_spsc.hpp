// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter::queues {

/// boost::lockfree::spsc_queue: a ring for one producer and one consumer, with bulk operations.
///
/// When to use: where Boost is at hand anyway and each side is one thread.
/// When not: with a second thread on either side.
inline constexpr QueueTraits boost_spsc_traits{
    .name = "boost_spsc",
    .summary = "boost::lockfree::spsc_queue",
    .producers = QueueEnds::one,
    .consumers = QueueEnds::one,
    .bulk = Ability::native,
    .depth = Ability::native,
};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_boost_spsc(const QueueSettings& settings,
                                                             const QueueContext& context);

}  // namespace queuemeter::queues
