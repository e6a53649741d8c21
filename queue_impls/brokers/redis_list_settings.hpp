// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/queue/queue.hpp"
#include "queue_impls/brokers/redis_target.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace queuemeter::queues {

/// How consumers take from the list, and so what happens to a call whose worker dies.
enum class RedisTake : std::uint8_t { pop, move };

/// A Redis list as a scenario asks for it. A value.
struct RedisListSettings {
  RedisTarget target;
  RedisTake take = RedisTake::pop;
  std::string list;           ///< the key; ours ("queuemeter.<run id>.calls") or named by the user
  std::string names;          ///< what our own keys begin with: "queuemeter.<run id>.calls"
  bool use_existing = false;  ///< the list is not ours: never deleted
  Duration ack_timeout = std::chrono::seconds{30};
  std::optional<std::size_t> bound;
  std::size_t batch = 1;
  std::size_t window = 32;
  std::size_t prefetch = 32;
  WaitPolicyKind wait = WaitPolicyKind::spin_park;
};

/// Reads the `[queue]` table. Errors name the option, its value and what it takes.
[[nodiscard]] Result<RedisListSettings> read_redis_list_settings(const QueueSettings& settings,
                                                                 const QueueContext& context);

}  // namespace queuemeter::queues
