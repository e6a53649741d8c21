// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/error.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/little.hpp"
#include "harness/measure/tick.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"

#include <array>
#include <functional>
#include <memory>

namespace queuemeter {

/// How many calls were where on average over the measured window, watched from outside: not added
/// up from what their records say.
struct Occupancy {
  double queued = 0.0;        ///< as the queue tells its depth
  double workers_busy = 0.0;  ///< as the workers' own meters say
  double backend_busy = 0.0;  ///< slots, as the backend's account says
};

/// What a scenario does in virtual time.
struct SimulationResult {
  std::array<LedgerCounts, phase_count> counts;  ///< after the drain and the sweep
  std::array<Histogram, span_count> spans;       ///< measured phase
  FlowIntegral flow{Instant{}, Instant{}};       ///< over the measured window
  Occupancy occupancy;
  BackendAccount backend;           ///< at the end
  Duration drained_after{0};        ///< from the end of traffic until empty
  bool balanced_throughout = true;  ///< in_flight ≥ 0 whenever it was looked at
};

/// Runs the scenario on a virtual clock: the same offerers, queue, workers, backend and settler as
/// a measured run, driven in one thread without waiting. The backend is the synthetic one whatever
/// the scenario names, with the same numbers.
///
/// Errors: the queue cannot be opened; the path leads through a front end. Time costs about a
/// microsecond per call.
[[nodiscard]] Result<SimulationResult> simulate(const Scenario& scenario,
                                                const OpenQueue& open_queue);

}  // namespace queuemeter
