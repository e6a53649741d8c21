// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/http_backend.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/path/retry_policy.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace queuemeter {

class Queue;

/// All that a worker process is told: the same for every child of a crew.
struct ProcessOrders {
  std::uint64_t run_id = 0;
  std::uint64_t seed = 0;
  std::uint32_t largest_payload = 0;
  QueueSettings queue;                   ///< as `to_attach` made them
  std::optional<QueueSettings> replies;  ///< of `path.reply = "queue"`, likewise
  /// Each child has one of its own; nothing: a call is done when it is taken.
  std::variant<std::monostate, SyntheticSettings, HttpBackendSettings> backend;
  RetryRules retry;           ///< the budget is each child's own
  Duration poll{0};           ///< an idle child looks again after this long; 0: it waits
  Duration boot{0};           ///< from a child's start until it takes its first call
  std::uint64_t share = 0;    ///< calls after which a child ends and is replaced; 0: never
  double share_jitter = 0.0;  ///< ± as a fraction of the share
  double crash_rate = 0.0;    ///< probability that a child dies in the middle of a call
  /// The queue delivers again what a consumer did not acknowledge.
  bool acknowledges = false;
};

/// The settings by which another process attaches to a queue that is open here. A queue that has no
/// name by itself tells its id as an effective setting, and is given it back as an option.
[[nodiscard]] QueueSettings to_attach(const QueueSettings& settings, const Queue& queue);

/// The orders as bytes, for a child that runs the same program; versioned all the same. They may
/// hold a password, so they belong in memory and not in a file.
[[nodiscard]] std::vector<std::byte> encode(const ProcessOrders& orders);
/// Errors: of another version, cut off, or nonsense.
[[nodiscard]] Result<ProcessOrders> decode_orders(std::span<const std::byte> bytes);

}  // namespace queuemeter
