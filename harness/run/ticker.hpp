// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/roles.hpp"
#include "harness/measure/tick.hpp"
#include "harness/record/run_folder.hpp"
#include "harness/run/failure_rule.hpp"
#include "harness/run/observation.hpp"
#include "harness/run/run.hpp"
#include "harness/run/run_parts.hpp"
#include "harness/scenario/scenario.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Looks at a run at work every tick: writes what changed to the run folder, tells the progress
/// sink, and keeps what the result needs. Conductor's thread only.
class Ticker {
 public:
  Ticker(RunParts& parts, const RoleRegistry& roles, RunFolder& folder, const Scenario& scenario,
         ProgressSink* progress);

  /// The next tick of `stage`, at `now`. An error is a full disk or a lost mount.
  [[nodiscard]] Result<void> tick(std::string_view stage, Instant now);

  /// Writes what the histogram log lacks since the last full second. After the last tick.
  [[nodiscard]] Result<void> finish();

  /// Planned and not settled, at the last tick, all phases.
  [[nodiscard]] std::int64_t in_flight() const noexcept;
  /// Whether no tick showed more calls settled than planned.
  [[nodiscard]] bool always_balanced() const noexcept { return always_balanced_; }
  /// What the ticks so far say to the rule for other people's systems.
  [[nodiscard]] const FailureRule& failure_rule() const noexcept { return failure_rule_; }
  [[nodiscard]] const Observation& observation() const noexcept { return observation_; }
  /// When the last call left, if nothing was in flight at the last tick.
  [[nodiscard]] std::optional<Instant> empty_since() const noexcept { return empty_since_; }

 private:
  using Counts = std::array<LedgerCounts, phase_count>;

  [[nodiscard]] Gauges read_gauges(Instant now);
  void observe(const Tick& tick);
  void close_second(Instant end, const Gauges& gauges, const Histogram& completed);
  [[nodiscard]] Result<void> log_until(Instant end, const Gauges& gauges);
  void add_spans(Tick& tick);

  RunParts& parts_;
  const RoleRegistry& roles_;
  RunFolder& folder_;
  Scenario scenario_;
  ProgressSink* progress_;

  std::uint64_t number_ = 0;
  std::uint64_t ticks_per_second_;
  Instant previous_at_;
  Counts totals_{};
  Counts second_totals_{};  // at the last full second
  Instant second_at_;
  Duration previous_busy_{0};
  double previous_cpu_ = 0.0;
  std::vector<ThreadUsage> previous_threads_;
  Instant previous_threads_at_;
  double generator_cpu_ = 0.0;

  Histogram scratch_;
  Histogram tick_completion_;                     // as of the last tick
  std::array<Histogram, span_count> tick_spans_;  // as of the last tick that carried them
  std::array<Histogram, span_count> log_spans_;   // as of the last line of the log
  Histogram log_warm_up_;
  Observation observation_;
  FailureRule failure_rule_;
  bool always_balanced_ = true;
  std::optional<Instant> empty_since_;
};

}  // namespace queuemeter
