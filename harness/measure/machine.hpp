// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace queuemeter {

/// What does not change about this machine while a run goes on; empty where it does not tell.
struct HostFacts {
  std::string host;
  std::string kernel;        ///< "Linux 6.1.0-18-amd64"
  std::string architecture;  ///< "x86_64"
  unsigned cpus = 0;         ///< that this process may use
  std::optional<std::string> cpu_model;
  std::optional<std::string> governor;
  std::optional<std::string> clock_source;
  std::optional<std::uint64_t> memory_bytes;
};

/// Reads /proc and /sys below `root`, which tests replace.
[[nodiscard]] HostFacts read_host_facts(const std::string& root = "");

/// Bytes that a process may still take here: what the kernel says is available, or what its control
/// group (version 2) leaves of a lower limit. Nothing where neither tells.
[[nodiscard]] std::optional<std::uint64_t> available_memory(const std::string& root = "");

/// What the machine as a whole is doing; empty where it does not tell.
struct HostLoad {
  std::optional<double> steal_seconds;  ///< since boot, all CPUs: ready, but another guest ran
  std::optional<double> busy_seconds;   ///< since boot, all CPUs: not idle, not waiting for I/O
  std::optional<double> load_1m;        ///< runnable tasks, mean of a minute
  /// Seconds since boot in which some task waited for a CPU (pressure stall information).
  std::optional<double> cpu_pressure_seconds;
};
[[nodiscard]] HostLoad read_host_load(const std::string& root = "");

}  // namespace queuemeter
