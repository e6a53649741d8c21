// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace queuemeter::http_benchmark {

/// The cores of a measurement: who is called, and who calls.
inline constexpr int target_core = 0;
inline constexpr int client_core = 1;

/// How a program ended and what it cost in all, from its first instruction to its last.
struct Finished {
  int exit_code = -1;
  double cpu_seconds = 0.0;  ///< user and system, all threads, and children it waited for
  std::uint64_t max_rss_bytes = 0;
  std::string out;  ///< what it printed on stdout
};

/// Runs a program to its end, on one core or (nothing) on all. Throws when it cannot be started.
[[nodiscard]] Finished run_to_end(const std::vector<std::string>& words, std::optional<int> core);

/// A run of the product: its own result, and what the whole process cost.
struct MeasuredRun {
  RunDocument result;
  Finished process;
};

/// Runs `queuemeter run` with these arguments and reads its result.json. Throws with the program's
/// arguments when there is no complete result.
[[nodiscard]] MeasuredRun run_queuemeter(std::vector<std::string> arguments,
                                         std::optional<int> core);

/// CPU time that a running process has used so far, seconds.
[[nodiscard]] double cpu_seconds_of(pid_t process);
/// The most memory it has had resident so far, bytes.
[[nodiscard]] std::uint64_t peak_resident_bytes_of(pid_t process);

}  // namespace queuemeter::http_benchmark
