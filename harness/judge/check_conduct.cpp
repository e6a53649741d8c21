// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/judge/check_parts.hpp"
#include "harness/judge/checks.hpp"
#include "harness/judge/findings.hpp"
#include "harness/judge/statistics.hpp"
#include "harness/record/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace queuemeter::checks {
namespace {

using Verdict = Check::Verdict;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Why the seconds of this run need not look alike; "" when they should.
std::string reason_to_change(const RunDocument& run) {
  if (is_saturated(run) || backlog_grew(run)) {
    return "the run is saturated: its latency grows with time";
  }
  if (saturates(run)) {
    return "saturation claims no latency";
  }
  if (starts_callers_in_window(run)) {
    return "callers were still starting in the window";
  }
  if (!run.scenario.traffic.stages.empty() || run.scenario.traffic.arrivals == Arrivals::replay) {
    return "the rate changes by plan";
  }
  if (!run.scenario.faults.empty()) {
    return "a fault is injected by plan";
  }
  return "";
}

}  // namespace

Check stationarity(const RunDocument& run) {
  constexpr std::size_t least_seconds = 8;
  // A trend that nobody would notice is not worth a warning, however certain it is.
  constexpr double notable_change = 0.2;
  Check check = make("stationarity", "no trend in the medians of the seconds (p of Mann-Kendall)",
                     warn_below_p);
  if (std::string why = reason_to_change(run); !why.empty()) {
    return not_applicable(std::move(check), std::move(why));
  }
  std::vector<double> medians;
  for (const SecondBin& second : run.seconds) {
    if (second.completion_p50) {
      medians.push_back(to_seconds(*second.completion_p50));
    }
  }
  if (medians.size() < least_seconds) {
    return not_applicable(std::move(check),
                          fmt::format("fewer than {} seconds were measured", least_seconds));
  }
  const double p = statistics::two_sided_normal_p(statistics::mann_kendall_z(medians));
  const auto half = medians.begin() + static_cast<std::ptrdiff_t>(medians.size() / 2);
  const double first = median_of({medians.begin(), half});
  const double second = median_of({half, medians.end()});
  const bool notable = std::max(first, second) > (1.0 + notable_change) * std::min(first, second);
  std::string seen =
      fmt::format("median of the first half {}, of the second {}",
                  format_duration(from_seconds(first)), format_duration(from_seconds(second)));
  if (p < warn_below_p && notable) {
    return with(std::move(check), Verdict::warn, p,
                seen + ": it has a trend; lengthen run.warm_up");
  }
  return with(std::move(check), Verdict::pass, p, std::move(seen));
}

Check complete(const RunDocument& run) {
  Check check = make("complete", "the measured window was not cut short", 1.0);
  if (run.interrupted) {
    return with(std::move(check), Verdict::warn, 0.0,
                fmt::format("interrupted after {:.3g} s of measuring; repeat the run",
                            run.measure_seconds));
  }
  if (!run.complete) {
    return with(
        std::move(check), Verdict::warn, 0.0,
        fmt::format("stopped after {:.3g} s of measuring; repeat the run", run.measure_seconds));
  }
  return with(std::move(check), Verdict::pass, 1.0, "");
}

Check build(const RunDocument& run) {
  Check check = make("build", "built for measuring", 1.0);
  if (is_measuring_build(run.build)) {
    return with(std::move(check), Verdict::pass, 1.0, "");
  }
  return with(std::move(check), Verdict::pass, 0.0,
              fmt::format("build \"{}\": its numbers do not count; cmake --workflow --preset "
                          "measure makes one whose numbers do",
                          run.build.preset));
}

}  // namespace queuemeter::checks
