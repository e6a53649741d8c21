// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/distribution.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace queuemeter {

/// How a backend of ours treats a call: the same words for the synthetic one in memory and for the
/// HTTP server. Draws are keyed by (seed, class, the call's draw key).
struct ServiceModel {
  /// What fills the service time: waiting, as for somebody else's interface, or CPU time of the
  /// thread that does the work.
  enum class Work : std::uint8_t { sleep, burn };

  Distribution service_time = Distribution::constant(Duration{0});
  double error_rate = 0.0;  ///< this fraction is answered with an error, after its service time
  double hang_rate = 0.0;   ///< this fraction is never answered, and keeps its slot for ever
  std::size_t concurrency = 64;  ///< calls worked on at once
  std::size_t queue = 1024;      ///< calls waiting for a slot; beyond it: refused (503)
  std::uint64_t seed = 0;
  Work work = Work::sleep;
  std::optional<RateLimit> rate_limit = {};  ///< beyond it: answered 429 at once, before the queue
};

}  // namespace queuemeter
