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

/// What a scenario does in virtual time.
struct SimulationResult {
  std::array<LedgerCounts, phase_count> counts;  ///< after the drain and the sweep
  std::array<Histogram, span_count> spans;       ///< measured phase
  FlowIntegral flow{Instant{}, Instant{}};       ///< over the measured window
  BackendAccount backend;                        ///< at the end
  Duration drained_after{0};                     ///< from the end of traffic until empty
  bool balanced_throughout = true;               ///< in_flight ≥ 0 whenever it was looked at
};

/// Runs the scenario on a virtual clock: the same offerers, queue, workers, backend and settler as
/// a measured run, driven in one thread without waiting. The backend is the synthetic one whatever
/// the scenario names, with the same numbers.
///
/// Error: the queue cannot be opened. Time costs about a microsecond per call.
[[nodiscard]] Result<SimulationResult> simulate(const Scenario& scenario,
                                                const OpenQueue& open_queue);

}  // namespace queuemeter
