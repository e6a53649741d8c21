// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/service_model.hpp"
#include "harness/call/instant.hpp"

#include <memory>
#include <vector>

namespace queuemeter {

/// A pause in which the backend makes no progress at all: work in progress stands still too.
/// `from` is on the run's time line.
struct FreezeWindow {
  Instant from;
  Duration length{0};
};

/// What a synthetic backend does with a call.
struct SyntheticSettings {
  ServiceModel model;
  /// The client's patience from `begin` to the whole reply; `Duration::max()` = none.
  Duration client_timeout = Duration::max();
  std::vector<FreezeWindow> freezes = {};  ///< in order, not overlapping
};

/// A backend in memory that takes time without using CPU: a first-come-first-served gate of N
/// slots with a bounded waiting room, shared by all its clients (thread-safe). With a virtual clock
/// it is a G/G/N queue, which is how the harness checks itself against theory.
[[nodiscard]] std::unique_ptr<Backend> make_synthetic_backend(SyntheticSettings settings);

}  // namespace queuemeter
