// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter::queues {

/// The least that handing over a call can cost: a slot, and a ticket that says how many slots are
/// filled. What is left when it is measured is what queuemeter itself costs.
///
/// When to use: as the floor beside another queue's figures.
/// When not: as a queue. It takes one producer only.
inline constexpr QueueTraits null_traits{
    .name = "null",
    .summary = "a slot and a ticket: the floor, what queuemeter itself costs",
    .producers = QueueEnds::one,
    .bulk = Ability::native,
    .depth = Ability::native,
};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_null(const QueueSettings& settings,
                                                       const QueueContext& context);

}  // namespace queuemeter::queues
