// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <optional>
#include <string>
#include <utility>

// Private to this folder: what checks are made with.
namespace queuemeter::checks {

/// Statistical tests: a false alarm in a thousand runs may warn, one in a million may invalidate.
inline constexpr double warn_below_p = 1e-3;
inline constexpr double fail_below_p = 1e-6;

[[nodiscard]] inline Check make(std::string id, std::string name, double limit) {
  Check check;
  check.id = std::move(id);
  check.name = std::move(name);
  check.limit = limit;
  return check;
}

[[nodiscard]] inline Check with(Check check, Check::Verdict verdict, double value,
                                std::string note) {
  check.verdict = verdict;
  check.value = value;
  check.note = std::move(note);
  return check;
}

[[nodiscard]] inline Check not_applicable(Check check, std::string why) {
  return with(std::move(check), Check::Verdict::not_applicable, 0.0, std::move(why));
}

[[nodiscard]] inline const std::optional<SpanSummary>& summary_of(const RunDocument& run,
                                                                  Span span) noexcept {
  return run.latency[static_cast<std::size_t>(span)];
}

/// Whether somebody promised when calls come: an open loop does, and half-open traffic for its
/// sessions. Callers of a closed loop call when they are ready, and saturation as fast as it can.
[[nodiscard]] inline bool follows_a_plan(const RunDocument& run) noexcept {
  const TrafficModel model = run.scenario.traffic.model;
  return (model == TrafficModel::open || model == TrafficModel::half_open) &&
         run.scenario.path.kind != PathKind::take;
}

[[nodiscard]] inline bool saturates(const RunDocument& run) noexcept {
  return run.scenario.traffic.model == TrafficModel::saturate;
}

/// Whether callers of a closed loop still began to call when the measured window opened.
[[nodiscard]] inline bool starts_callers_in_window(const RunDocument& run) noexcept {
  return run.scenario.traffic.model == TrafficModel::closed &&
         run.scenario.traffic.ramp > run.scenario.run.warm_up;
}

}  // namespace queuemeter::checks
