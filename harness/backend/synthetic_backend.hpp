// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/distribution.hpp"
#include "harness/call/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace queuemeter {

/// A pause in which the backend makes no progress at all: work in progress stands still too.
/// `from` is on the run's time line.
struct FreezeWindow {
  Instant from;
  Duration length{0};
};

/// What a synthetic backend does with a call. Draws are keyed by (seed, class, sequence).
struct SyntheticSettings {
  Distribution service_time = Distribution::constant(Duration{0});
  double error_rate = 0.0;  ///< this fraction is answered with an error, after its service time
  double hang_rate = 0.0;   ///< this fraction is never answered, and keeps its slot for ever
  std::size_t concurrency = 64;  ///< calls worked on at once
  std::size_t queue = 1024;      ///< calls waiting for a slot; beyond it: backend_refused
  std::uint64_t seed = 0;
  /// The client's patience from `begin` to the whole reply; `Duration::max()` = none.
  Duration client_timeout = Duration::max();
  std::vector<FreezeWindow> freezes = {};  ///< in order, not overlapping
};

/// A backend in memory that takes time without using CPU: a first-come-first-served gate of N
/// slots with a bounded waiting room, shared by all its clients (thread-safe). With a virtual clock
/// it is a G/G/N queue, which is how the harness checks itself against theory.
[[nodiscard]] std::unique_ptr<Backend> make_synthetic_backend(SyntheticSettings settings);

}  // namespace queuemeter
