// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter::queues {

/// moodycamel::ConcurrentQueue with tokens: in fact a queue for each producer, which consumers
/// take turns at.
///
/// When to use: many producers in a hurry, batches.
/// When not: where calls of different producers must keep their order, or where a bound must hold;
/// it has none, and what limits it in a run is how many calls may be in flight.
inline constexpr QueueTraits moodycamel_traits{
    .name = "moodycamel",
    .summary = "moodycamel::ConcurrentQueue with tokens, unbounded",
    .order = QueueOrder::per_producer_fifo,
    .bound = QueueBound::none,
    .bulk = Ability::native,
    .depth = Ability::native,
};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_moodycamel(const QueueSettings& settings,
                                                             const QueueContext& context);

}  // namespace queuemeter::queues
