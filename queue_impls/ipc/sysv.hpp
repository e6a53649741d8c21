// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <array>
#include <memory>
#include <string_view>

namespace queuemeter::queues {

/// A System V message queue of the kernel: what PHP's `msg_send` and `msg_receive` use.
///
/// It carries bytes (the header of wire.hpp and the payload, or a reply of reply_wire.hpp), between
/// the processes of one host. Its bound is in bytes, 16 KiB unless the machine's `kernel.msgmnb`
/// says otherwise; with `queue.bound` calls are counted as well. A message is never larger than
/// `kernel.msgmax`. Offers never wait (`EAGAIN` = full). An idle consumer that parks is blocked in
/// `msgrcv`, as a PHP worker is, and what that call received goes to whoever takes next.
///
/// Options: `msg_qbytes` ("8KiB"), another bound in bytes; more than the machine's default needs
/// the right to raise it. A process that only attaches (`QueueContext::is_owner` = false) is given
/// `id`, which the owner tells as an effective setting.
///
/// The owner removes the queue when it is destroyed. What an owner left behind that was killed is
/// removed by the next one that is opened. A queue that somebody else removes fails from then on.
///
/// When to use: to measure what PHP sites with `sysvmsg` have; between processes without a broker.
/// When not: payloads above 8 KiB, backlogs of more than some dozen calls, or several hosts.
inline constexpr QueueTraits sysv_traits{
    .name = "sysv",
    .summary = "System V messages of the kernel (PHP's msg_send): 16 KiB, between processes",
    .bound = QueueBound::bytes,
    .wait = QueueWait::parks,
    .scope = QueueScope::processes,
    .producer_guarantee = ProducerGuarantee::g2_survives_process_kill,
    .depth = Ability::native,
};

/// The keys of `queue.options` it understands.
inline constexpr std::array<std::string_view, 2> sysv_options{"msg_qbytes", "id"};

[[nodiscard]] Result<std::unique_ptr<Queue>> make_sysv(const QueueSettings& settings,
                                                       const QueueContext& context);

}  // namespace queuemeter::queues
