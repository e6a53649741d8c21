// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter::queues {

/// A ring of slots and two counters, one for each side; each side keeps the last value it saw of
/// the other's, so that the line it lives in moves between cores only when it must.
///
/// When to use: one producer and one consumer, each on a core of its own. Nothing is faster.
/// When not: anything with a second thread on either side.
inline constexpr QueueTraits spsc_ring_traits{
    .name = "spsc_ring",
    .summary = "our ring for one producer and one consumer",
    .producers = QueueEnds::one,
    .consumers = QueueEnds::one,
    .bulk = Ability::native,
    .depth = Ability::native,
};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_spsc_ring(const QueueSettings& settings,
                                                            const QueueContext& context);

}  // namespace queuemeter::queues
