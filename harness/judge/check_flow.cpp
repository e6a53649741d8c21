// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/check_parts.hpp"
#include "harness/judge/checks.hpp"

#include <fmt/format.h>

#include <cmath>

namespace queuemeter::checks {

using Verdict = Check::Verdict;

Check little(const RunDocument& run) {
  constexpr double tolerance = 0.01;
  constexpr double least_calls = 100.0;
  Check check = make("little", "|L - rate x time in system| / L", tolerance);
  const FlowEvidence& flow = run.flow;
  if (flow.completed_in_window < least_calls || !(run.measure_seconds > 0.0) ||
      !(flow.in_system_time_average > 0.0)) {
    return not_applicable(std::move(check),
                          fmt::format("fewer than {:.0f} calls left the system", least_calls));
  }
  const double rate = flow.completed_in_window / run.measure_seconds;
  const double product = rate * flow.mean_time_in_system_s;
  const double value =
      std::abs(flow.in_system_time_average - product) / flow.in_system_time_average;
  // The time of calls at the window's edges is on one side of the equation only.
  check.limit = tolerance + flow.edge_s / (flow.in_system_time_average * run.measure_seconds);
  std::string seen =
      fmt::format("L = {:.4g}, {:.4g}/s x {:.4g} s = {:.4g}", flow.in_system_time_average, rate,
                  flow.mean_time_in_system_s, product);
  if (value > check.limit) {
    return with(std::move(check), Verdict::fail, value,
                seen + ": records are missing or clocks disagree; report this as a fault");
  }
  return with(std::move(check), Verdict::pass, value, std::move(seen));
}

Check response_time_law(const RunDocument& run) {
  constexpr double tolerance = 0.01;
  constexpr std::uint64_t least_cycles = 100;
  Check check = make("response_time_law", "|N - X (R + Z)| / N of the callers", tolerance);
  if (run.scenario.traffic.model != TrafficModel::closed) {
    return not_applicable(std::move(check), "there are no callers who wait and think");
  }
  if (run.scenario.run.calls.has_value()) {
    // It ends with a last call, and that somewhere within a tick.
    return not_applicable(std::move(check), "the callers stopped after so many calls");
  }
  if (!run.loop || run.loop->callers == 0) {
    return not_applicable(std::move(check), "the callers' cycles were not observed");
  }
  const LoopEvidence& loop = *run.loop;
  if (starts_callers_in_window(run)) {
    return not_applicable(std::move(check), "callers were still starting in the window");
  }
  if (loop.cycles < least_cycles || !(run.measure_seconds > 0.0)) {
    return not_applicable(std::move(check), fmt::format("fewer than {} cycles", least_cycles));
  }
  const auto callers = static_cast<double>(loop.callers);
  const double rate = static_cast<double>(loop.cycles) / run.measure_seconds;
  const double cycle = loop.mean_response_s + loop.mean_think_s;
  const double value = std::abs(callers - rate * cycle) / callers;
  // Cycles across an edge of the window are on one side of the equation only; where they could not
  // be summed, at most one for each caller.
  check.limit = tolerance + loop.edge_s.value_or(callers * cycle) / (callers * run.measure_seconds);
  std::string seen = fmt::format("N = {}, {:.4g}/s x ({:.4g} s + {:.4g} s) = {:.4g}", loop.callers,
                                 rate, loop.mean_response_s, loop.mean_think_s, rate * cycle);
  if (value > check.limit) {
    return with(std::move(check), Verdict::fail, value,
                seen + ": callers are stuck or missing; report this as a fault");
  }
  return with(std::move(check), Verdict::pass, value, std::move(seen));
}

}  // namespace queuemeter::checks
