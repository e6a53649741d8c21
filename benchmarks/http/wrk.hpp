// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benchmarks/http/measured_program.hpp"

#include <optional>
#include <string>
#include <vector>

namespace queuemeter::http_benchmark {

/// A run of wrk or wrk2.
struct WrkRun {
  double requests = 0.0;  ///< answers in all
  double seconds = 0.0;
  std::optional<double> median_latency_us;  ///< where --latency was asked for
  Finished process;
};

/// Runs it on the client's core. Throws when it fails or reports errors of its requests.
[[nodiscard]] WrkRun run_wrk(const std::vector<std::string>& words);

/// Reads what wrk and wrk2 print; `process` stays empty. Throws on anything else.
[[nodiscard]] WrkRun read_wrk(const std::string& text);

}  // namespace queuemeter::http_benchmark
