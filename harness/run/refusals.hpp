// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/scenario/scenario.hpp"

#include <optional>

namespace queuemeter {

/// What a scenario asks of a queue that the queue's declared traits do not give: one sentence that
/// names the nearest possible setting; nothing when it can be measured.
[[nodiscard]] std::optional<Error> refusal(const Scenario& scenario, const QueueTraits& traits);

/// What the scenario asks of this machine that it cannot give (threads, descriptors, memory).
[[nodiscard]] std::optional<Error> refusal_of_machine(const Scenario& scenario);

}  // namespace queuemeter
