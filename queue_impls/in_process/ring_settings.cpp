// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/ring_settings.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace queuemeter::queues {

Result<RingSettings> read_ring_settings(const QueueSettings& settings) {
  RingSettings ring{.bound = settings.bound.value_or(default_queue_bound)};
  if (ring.bound > largest_ring) {
    return Error::usage(
        fmt::format("queue.bound: {} allocates its bound, and {} is above {}; use that or less",
                    settings.use, ring.bound, largest_ring));
  }
  for (const auto& [key, value] : settings.options) {
    const char* const end = value.data() + value.size();
    const auto [read_to, error] = std::from_chars(value.data(), end, ring.first_ticket);
    if (error != std::errc{} || read_to != end) {
      return Error::usage(
          fmt::format("queue.options.{}: \"{}\" is not a number from 0 to 2^64 - 1", key, value));
    }
  }
  return ring;
}

}  // namespace queuemeter::queues
