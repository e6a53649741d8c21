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

/// What happens to a call that finds the queue full: it is rejected at once, or it waits on the
/// caller's side until there is room (back-pressure; its wait is *admission*).
enum class WhenFull : std::uint8_t { reject, block };

/// Who stamps a call's instants: each operation by itself, or one clock reading for a whole chunk.
/// Shared stamps tell throughput, not latency, and are labelled in every result.
enum class Stamps : std::uint8_t { own, shared };

/// Which queue, and how it is set up: the `[queue]` table of a scenario.
struct QueueSettings {
  std::string use =
      "mutex_deque";  ///< a row of the catalogue, or a URL (which may hold a password)
  std::optional<std::size_t> bound;  ///< calls; left out: the queue's own limit, else 10,000
  WhenFull when_full = WhenFull::reject;
  WaitPolicyKind wait = WaitPolicyKind::spin_park;
  std::size_t batch = 1;      ///< calls offered, and taken, in one operation of the queue at most
  std::size_t window = 32;    ///< offers in flight that a broker has not confirmed
  std::size_t prefetch = 32;  ///< calls that one consumer holds without having acknowledged them
  Stamps stamps = Stamps::own;
  std::vector<std::pair<std::string, std::string>> options;  ///< passed through to the adapter
};
inline constexpr std::size_t default_queue_bound = 10'000;

}  // namespace queuemeter
