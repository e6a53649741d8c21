// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/host_probe.hpp"
#include "harness/measure/machine.hpp"
#include "harness/record/run_document.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::cli {

/// How late a thread wakes that asked a timer to wake it.
struct WakeUps {
  std::size_t count = 0;
  Duration p50{0};
  Duration p99{0};
  Duration max{0};
};

/// What this machine was seen to do; empty where it does not tell.
struct MachineObservation {
  HostFacts facts;
  BuildIdentity build;
  ClockCost clock;
  WakeUps wake_ups;
  HostStrain strain;                   ///< while it was watched: pressure and steal
  std::string trusted_clock;           ///< a sentence: which clock runs are timed with, and why
  bool counter_is_trusted = false;     ///< the time stamp counter may interpolate it
  std::optional<double> others;        ///< part of all CPU time used by other processes, 0…1
  std::uint64_t descriptors_soft = 0;  ///< open files at once, as set
  std::uint64_t descriptors_hard = 0;  ///< and as far as this process may raise it
};

/// Watches this machine for `span`: sleeps, wakes every millisecond, and looks what else ran.
[[nodiscard]] MachineObservation observe_machine(Duration span);

/// Sleeps on absolute deadlines `gap` apart for `span`, and measures how late it wakes.
[[nodiscard]] WakeUps measure_wake_ups(Duration span, Duration gap);

enum class Fitness { good, unknown, care, bad };
[[nodiscard]] std::string_view to_string(Fitness fitness) noexcept;

/// One thing a measurement depends on.
struct FitnessRow {
  std::string id;  ///< "wake_ups"
  Fitness fitness = Fitness::good;
  std::string seen;  ///< what it is
  std::string note;  ///< what follows from it and what to do; empty when all is well
};

/// What the observation means for measurements. Pure.
[[nodiscard]] std::vector<FitnessRow> judge_fitness(const MachineObservation& seen);

/// The worst of them; what nobody can tell is no fault.
[[nodiscard]] Fitness overall(const std::vector<FitnessRow>& rows) noexcept;

}  // namespace queuemeter::cli
