// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/saturating_add.hpp"
#include "harness/call/instant.hpp"

#include <vector>

namespace queuemeter {

/// A pause in which the backend makes no progress at all: work in progress stands still too.
/// `from` is on the run's time line.
struct FreezeWindow {
  Instant from;
  Duration length{0};
};

/// Windows in order of time, not overlapping.
using FreezeWindows = std::vector<FreezeWindow>;

/// The first instant from `at` on that is in no window.
[[nodiscard]] Instant end_of_freeze(const FreezeWindows& freezes, Instant at) noexcept;

/// When work of this length ends that begins at `start`, the time inside windows not counted;
/// `never` where `start` is, or where the sum would not fit.
[[nodiscard]] Instant finish_between(const FreezeWindows& freezes, Instant start,
                                     Duration service) noexcept;
[[nodiscard]] inline Instant finish_of(const FreezeWindows& freezes, Instant start,
                                       Duration service) noexcept {
  return freezes.empty() ? saturating_add(start, service) : finish_between(freezes, start, service);
}

}  // namespace queuemeter
