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

/// A Redis list: `queue.use = "redis://[user:password@]host:port/database"`, or `rediss://`.
///
/// Producers LPUSH, several values in one command by `batch`, with `window` calls unconfirmed.
/// Consumers, by `options.mode`:
/// - "pop": RPOP and BRPOP. At most once: a call dies with its worker.
/// - "move": LMOVE into the consumer's own list, and LREM when the work is done. At least once: a
///   reaper returns what was not acknowledged within `ack_timeout`, or whose consumer has gone.
///
/// Further options: `list` (a name; needs `use_existing`), `use_existing` ("true": the list may be
/// somebody else's; it must be empty and is never deleted), `ack_timeout` (30s), `connect_timeout`
/// (2s), `reply_timeout` (5s), `password_env` (the environment variable that holds the password),
/// `ca` (a file of certificate authorities), `insecure` ("true": do not verify the server).
///
/// The bound is ours: Redis lists have none. It is kept by the lengths that LPUSH answers, so with
/// several producers it may be passed by what the others have under way.
/// When to use: volatile queues between PHP or other scripts, up to some 100,000 calls/s.
/// When not: calls that must survive the server, unless its append-only file is on.
inline constexpr QueueTraits redis_list_traits{
    .name = "redis",
    .summary = "Redis list behind redis://host:port/database (BRPOP, or LMOVE and LREM)",
    .wait = QueueWait::parks,
    .scope = QueueScope::hosts,
    .bulk = Ability::native,
    .timed = Ability::native,
    .depth = Ability::native,
};

/// The schemes of its URLs, and the keys of `queue.options` it knows.
inline constexpr std::array<std::string_view, 2> redis_list_schemes{"redis", "rediss"};
inline constexpr std::array<std::string_view, 9> redis_list_options{
    "mode",          "list",         "use_existing", "ack_timeout", "connect_timeout",
    "reply_timeout", "password_env", "ca",           "insecure"};

/// Connects, looks at the server and makes the queue. Errors: usage (a wrong URL, option, password,
/// database or key type; a list that is not empty) and unavailable (not reached, or not ready).
[[nodiscard]] Result<std::unique_ptr<Queue>> make_redis_list(const QueueSettings& settings,
                                                             const QueueContext& context);

}  // namespace queuemeter::queues
