// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace queuemeter::queues {

/// What our rings need to know, checked.
struct RingSettings {
  std::size_t bound = 0;
  /// Where the counters of the ring begin. They never come back to it in a run; tests begin shortly
  /// before 2^64.
  std::uint64_t first_ticket = 0;
};

/// 2^26 slots are 1 GiB.
inline constexpr std::size_t largest_ring = std::size_t{1} << 26U;
/// Two cache lines, because processors fetch the next one along.
inline constexpr std::size_t apart = 128;

inline constexpr std::array<std::string_view, 1> ring_options{"first_ticket"};

/// Errors: a bound that cannot be allocated, a first ticket that is not a number.
[[nodiscard]] Result<RingSettings> read_ring_settings(const QueueSettings& settings);

}  // namespace queuemeter::queues
