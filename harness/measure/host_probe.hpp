// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <optional>
#include <string>
#include <utility>

namespace queuemeter {

/// What the kernel says about tasks that had to wait for one resource.
/// Source: kernel Documentation/accounting/psi.rst, the "some" line.
struct Stall {
  double some_seconds = 0.0;  ///< since boot: at least one task was waiting
  double some_avg10 = 0.0;    ///< fraction of the last ten seconds or so, 0…1
};

/// One reading of how hard this host presses on whoever runs on it; empty where it does not tell:
/// a kernel without pressure stall information, a container without /proc.
struct HostPressure {
  std::optional<Stall> cpu;
  std::optional<Stall> memory;
  std::optional<Stall> io;
  std::optional<double> steal_seconds;  ///< since boot, all CPUs: ready, but another guest ran
  std::optional<double> cpu_seconds;    ///< since boot, all CPUs, all states: what steal is of
};

/// Reads /proc/pressure/{cpu,memory,io} and /proc/stat, below `root`, which tests replace.
/// Reading takes some 50 us and allocates: conductor only. Immutable, so thread-safe.
class HostProbe {
 public:
  explicit HostProbe(std::string root = "") : root_{std::move(root)} {}
  [[nodiscard]] HostPressure read() const;

 private:
  std::string root_;
};

/// What happened on the host between two readings, as fractions; empty where either reading is,
/// or where nothing can be said because no time passed.
struct HostStrain {
  std::optional<double> cpu_stalled;     ///< of the time, in which some task waited for a CPU
  std::optional<double> memory_stalled;  ///< of the time, in which some task waited for memory
  std::optional<double> io_stalled;      ///< of the time, in which some task waited for I/O
  std::optional<double> steal;           ///< of the CPUs' time, given to another guest
};

/// `wall` is the time between the readings. Fractions are never outside 0…1: the kernel counts in
/// steps of its own, and a counter that went back (a container moved) counts as 0.
[[nodiscard]] HostStrain strain_between(const HostPressure& before, const HostPressure& after,
                                        Duration wall);

}  // namespace queuemeter
