// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"

namespace queuemeter {

/// When the parts of a run begin and end, agreed before the first thread starts. Immutable.
struct RunWindow {
  Instant start;         ///< the plan's origin: warm-up begins
  Instant measure_from;  ///< the measured window opens
  Instant measure_to;    ///< traffic stops

  /// A sample belongs to the phase of its `planned_at`, whenever it settles.
  [[nodiscard]] constexpr Phase phase_of(Instant planned_at) const noexcept {
    return planned_at < measure_from ? Phase::warm_up : Phase::measure;
  }
  [[nodiscard]] constexpr bool measures(Instant at) const noexcept {
    return at >= measure_from && at < measure_to;
  }
};

}  // namespace queuemeter
