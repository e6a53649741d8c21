// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {

/// What a consumer does while the queue is empty: spin; spin briefly, then yield; spin briefly,
/// then sleep until a producer wakes it.
enum class WaitPolicyKind : std::uint8_t { spin, spin_yield, spin_park };

/// Which queue, and how it is set up: the `[queue]` table of a scenario.
struct QueueSettings {
  std::string use = "mutex_deque";
  std::optional<std::size_t> bound;  ///< calls; left out: the queue's own limit, else 10,000
  WaitPolicyKind wait = WaitPolicyKind::spin_park;
  std::vector<std::pair<std::string, std::string>> options;  ///< passed through to the adapter
};
inline constexpr std::size_t default_queue_bound = 10'000;

}  // namespace queuemeter
