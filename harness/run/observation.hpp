// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/host_probe.hpp"
#include "harness/measure/roles.hpp"
#include "harness/record/run_document.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace queuemeter {

class RunParts;

/// What everything had used and done by one moment; two of them make the measured window's cost.
struct Reading {
  Instant at;
  std::vector<ThreadUsage> threads;
  ProcessUsage process;
  std::optional<BackendAccount> backend;
  std::optional<Duration> workers_busy;
  HostPressure host;
};

/// Reads everything now. May take one round trip to the backend; conductor only.
[[nodiscard]] Reading take_reading(RunParts& parts, const RoleRegistry& roles, Instant now);

/// A straight line through points, added one by one: the growth of a backlog.
/// Source: ordinary least squares; the error is the slope's standard error.
class Trend {
 public:
  void add(double seconds, double value) noexcept;
  [[nodiscard]] std::uint64_t points() const noexcept { return points_; }
  [[nodiscard]] double slope() const noexcept;
  [[nodiscard]] double slope_error() const noexcept;

 private:
  // Welford's running means and sums of squares, which do not cancel on long runs.
  std::uint64_t points_ = 0;
  double mean_x_ = 0.0;
  double mean_y_ = 0.0;
  double xx_ = 0.0;
  double xy_ = 0.0;
  double yy_ = 0.0;
};

/// What the ticks of the measured window showed, kept for the result.
struct Observation {
  std::int64_t backlog_peak = 0;
  std::int64_t backlog_end = 0;
  Trend backlog;
  Duration oldest_age{0};
  std::vector<SecondBin> seconds;
};

}  // namespace queuemeter
