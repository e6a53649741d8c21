// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/machine_fitness.hpp"

#include "harness/call/quantity.hpp"
#include "harness/record/machine.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace queuemeter::cli {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The descriptors that the default of 4,096 connections needs, on both sides of a loopback.
constexpr std::uint64_t enough_descriptors = 10'000;

Fitness grade(double value, double care_above, double bad_above) {
  if (value > bad_above) {
    return Fitness::bad;
  }
  return value > care_above ? Fitness::care : Fitness::good;
}

Fitness grade(Duration value, Duration care_above, Duration bad_above) {
  return grade(to_seconds(value), to_seconds(care_above), to_seconds(bad_above));
}

FitnessRow build_row(const BuildIdentity& build) {
  const bool measuring = is_measuring_build(build);
  return {"build", measuring ? Fitness::good : Fitness::care,
          fmt::format("{} (commit {}, {}, preset {})", build.version, build.commit, build.compiler,
                      build.preset),
          measuring ? ""
                    : "numbers of this build do not count; build with `cmake --workflow --preset "
                      "measure` and use build/measure/queuemeter"};
}

FitnessRow cpus_row(const HostFacts& facts) {
  return {"cpus", facts.cpus >= 2 ? Fitness::good : Fitness::care,
          fmt::format("{} usable, {}", facts.cpus, facts.cpu_model.value_or("model not told")),
          facts.cpus >= 2 ? ""
                          : "generator, workers and backend share one CPU and disturb each other; "
                            "trust only light loads"};
}

FitnessRow clock_row(const MachineObservation& seen) {
  const Fitness fitness = grade(seen.clock.per_reading, nanoseconds{200},
                                std::chrono::duration_cast<Duration>(microseconds{2}));
  return {"clock", fitness,
          fmt::format("{}, {} ns for a reading, steps of {} ns",
                      seen.facts.clock_source.value_or("source not told"),
                      seen.clock.per_reading.count(), seen.clock.granularity.count()),
          fitness == Fitness::good
              ? ""
              : "reading the clock goes through the kernel; spans of a few microseconds are "
                "mostly the clock's own cost"};
}

FitnessRow time_row(const MachineObservation& seen) {
  return {"time", Fitness::good, seen.trusted_clock,
          seen.counter_is_trusted ? "" : "each instant costs a full reading of the clock"};
}

FitnessRow pressure_row(const HostStrain& strain) {
  if (!strain.cpu_stalled && !strain.memory_stalled && !strain.io_stalled) {
    return {"pressure", Fitness::unknown, "not told",
            "the kernel has no pressure stall information (psi=1 on its command line)"};
  }
  const auto percent = [](std::optional<double> share) {
    return share ? format_percent(*share) : std::string{"not told"};
  };
  // Waiting for CPUs shows in wake_ups as well, where its cost is; short memory shows nowhere else.
  const Fitness fitness = std::max(grade(strain.memory_stalled.value_or(0.0), 0.0, 0.01),
                                   grade(strain.cpu_stalled.value_or(0.0), 0.1, 0.5));
  return {"pressure", fitness,
          fmt::format("tasks waited for a CPU {} of the time, for memory {}, for I/O {}",
                      percent(strain.cpu_stalled), percent(strain.memory_stalled),
                      percent(strain.io_stalled)),
          fitness == Fitness::good ? "" : "something else wants this machine; `top` shows it"};
}

FitnessRow governor_row(const HostFacts& facts) {
  if (!facts.governor) {
    return {"governor", Fitness::unknown, "not told",
            "usual in virtual machines; the host decides about frequencies"};
  }
  const bool steady = *facts.governor == "performance";
  return {"governor", steady ? Fitness::good : Fitness::care, *facts.governor,
          steady ? ""
                 : "the CPU slows down when it is idle, so light loads look slower than heavy "
                   "ones; `cpupower frequency-set -g performance` as root"};
}

FitnessRow steal_row(const std::optional<double>& steal) {
  if (!steal) {
    return {"steal", Fitness::unknown, "not told", ""};
  }
  const Fitness fitness = grade(*steal, 0.001, 0.02);
  return {"steal", fitness, fmt::format("{:.1f} % of the CPU time", *steal * 100.0),
          fitness == Fitness::good ? ""
                                   : "other guests of the host take CPU time; repeat runs and "
                                     "compare only interleaved ones"};
}

FitnessRow others_row(const std::optional<double>& others) {
  if (!others) {
    return {"other_processes", Fitness::unknown, "not told", ""};
  }
  const Fitness fitness = grade(*others, 0.05, 0.4);
  return {"other_processes", fitness, fmt::format("use {:.1f} % of the CPU time", *others * 100.0),
          fitness == Fitness::good ? "" : "stop what else runs here; `top` shows it"};
}

FitnessRow wake_up_row(const WakeUps& wake_ups) {
  // A run is invalid when its lateness p99 is above 1 ms and above a fifth of completion p99.
  const Fitness fitness =
      grade(wake_ups.p99, std::chrono::duration_cast<Duration>(microseconds{250}),
            std::chrono::duration_cast<Duration>(milliseconds{1}));
  std::string note;
  if (fitness == Fitness::care) {
    note = "results say how late calls were sent; believe spans well above that";
  } else if (fitness == Fitness::bad) {
    note = fmt::format("calls will be sent late; runs whose completion p99 is below {} are invalid",
                       format_duration(wake_ups.p99 * 5));
  }
  return {"wake_ups", fitness,
          fmt::format("late by p50 {}, p99 {}, worst {} ({} timers)", format_duration(wake_ups.p50),
                      format_duration(wake_ups.p99), format_duration(wake_ups.max), wake_ups.count),
          note};
}

FitnessRow descriptors_row(const MachineObservation& seen) {
  const bool enough = seen.descriptors_hard >= enough_descriptors;
  return {"descriptors", enough ? Fitness::good : Fitness::care,
          fmt::format("{} open files, may be raised to {}", format_count(seen.descriptors_soft),
                      format_count(seen.descriptors_hard)),
          enough ? ""
                 : fmt::format("too few for 4,096 connections; raise the hard limit (`ulimit -Hn "
                               "65536` as root) or set backend.connections to {} at the most",
                               seen.descriptors_hard / 3)};
}

}  // namespace

std::string_view to_string(Fitness fitness) noexcept {
  switch (fitness) {
    case Fitness::good:
      return "good";
    case Fitness::unknown:
      return "unknown";
    case Fitness::care:
      return "care";
    case Fitness::bad:
      return "bad";
  }
  return "";
}

std::vector<FitnessRow> judge_fitness(const MachineObservation& seen) {
  return {build_row(seen.build),
          cpus_row(seen.facts),
          clock_row(seen),
          time_row(seen),
          wake_up_row(seen.wake_ups),
          others_row(seen.others),
          steal_row(seen.strain.steal),
          pressure_row(seen.strain),
          governor_row(seen.facts),
          descriptors_row(seen)};
}

Fitness overall(const std::vector<FitnessRow>& rows) noexcept {
  Fitness worst = Fitness::good;
  for (const FitnessRow& row : rows) {
    if (row.fitness != Fitness::unknown) {
      worst = std::max(worst, row.fitness);
    }
  }
  return worst;
}

}  // namespace queuemeter::cli
