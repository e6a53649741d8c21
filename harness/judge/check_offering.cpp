// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/judge/check_parts.hpp"
#include "harness/judge/checks.hpp"
#include "harness/judge/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace queuemeter::checks {
namespace {

using Verdict = Check::Verdict;

/// Lateness below this harms no measurement of an interface call.
constexpr Duration harmless_lateness = std::chrono::milliseconds{1};
constexpr double lateness_fails_above = 0.20;
constexpr double lateness_warns_above = 0.10;

/// What lateness is compared with: the p99 of the completion, or of the answer where nothing
/// returns. Where drops leave too few completions for a p99, a lower percentile is the stricter.
std::optional<Duration> measured_p99(const RunDocument& run) {
  for (const Span span : {Span::completion, Span::answer}) {
    if (const auto& summary = summary_of(run, span)) {
      for (const auto& percentile : {summary->p99, summary->p95, summary->p90, summary->p50}) {
        if (percentile) {
          return percentile;
        }
      }
    }
  }
  return std::nullopt;
}

/// The p99 of lateness, or its greatest value when there were too few calls for a p99.
std::optional<Duration> lateness_of(const RunDocument& run) {
  const auto& summary = summary_of(run, Span::lateness);
  if (!summary || summary->count == 0) {
    return std::nullopt;
  }
  return summary->p99 ? *summary->p99 : summary->max;
}

/// Lateness ÷ what was measured; nothing when either is unknown.
std::optional<double> lateness_share(const RunDocument& run) {
  const std::optional<Duration> late = lateness_of(run);
  const std::optional<Duration> measured = measured_p99(run);
  if (!late || !measured || measured->count() <= 0) {
    return std::nullopt;
  }
  return static_cast<double>(late->count()) / static_cast<double>(measured->count());
}

}  // namespace

Check lateness(const RunDocument& run) {
  Check check = make("lateness", "calls were offered when planned (p99 of lateness / p99 measured)",
                     lateness_fails_above);
  if (saturates(run)) {
    return not_applicable(std::move(check), "a saturating producer plans a call as it offers it");
  }
  const std::optional<Duration> late = lateness_of(run);
  if (!late) {
    return not_applicable(std::move(check), "no call was offered");
  }
  const double share = lateness_share(run).value_or(0.0);
  std::string seen = fmt::format("p99 of lateness {}", format_duration(*late));
  if (*late <= harmless_lateness) {
    return with(std::move(check), Verdict::pass, share, std::move(seen));
  }
  if (!lateness_share(run)) {
    return with(std::move(check), Verdict::warn, share,
                seen + ", and too few completions to compare it with; measure longer");
  }
  seen += fmt::format(", {} of the p99 measured", format_percent(share));
  if (share > lateness_fails_above) {
    return with(std::move(check), Verdict::fail, share,
                seen + ": the generator was held up; lower the rate or free the machine");
  }
  if (share > lateness_warns_above) {
    return with(std::move(check), Verdict::warn, share,
                seen + ": the generator was disturbed; repeat on an idle machine");
  }
  return with(std::move(check), Verdict::pass, share, std::move(seen));
}

Check delivered_rate(const RunDocument& run) {
  constexpr double tolerance = 0.01;
  // Calls that straddle an edge of the window may be counted on one side only.
  constexpr double edge_calls = 2.0;
  const auto planned = static_cast<double>(run.arrivals.planned_in_window);
  Check check = make("delivered_rate", "calls offered / calls planned in the window", tolerance);
  if (!follows_a_plan(run)) {
    return not_applicable(std::move(check),
                          "no rate was promised: calls come when callers or the queue are ready");
  }
  if (planned <= 0.0) {
    return not_applicable(std::move(check), "no call was planned");
  }
  check.limit = std::max(tolerance, edge_calls / planned);
  const double ratio = static_cast<double>(run.arrivals.offered_in_window) / planned;
  std::string seen = fmt::format("{} offered, {} planned in the window",
                                 format_count(run.arrivals.offered_in_window),
                                 format_count(run.arrivals.planned_in_window));
  if (std::abs(ratio - 1.0) > check.limit) {
    return with(std::move(check), Verdict::fail, ratio,
                seen + ": the planned rate was not delivered; lower the rate");
  }
  return with(std::move(check), Verdict::pass, ratio, std::move(seen));
}

Check unsent(const RunDocument& run) {
  Check check = make("unsent", "calls planned but never offered", 0.0);
  const std::int64_t count = run.ledger.of(Outcome::unsent);
  if (count > 0 && follows_a_plan(run)) {
    return with(std::move(check), Verdict::fail, static_cast<double>(count),
                "an open loop offers every call; the generator was too slow, lower the rate");
  }
  if (count > 0) {
    return with(std::move(check), Verdict::warn, static_cast<double>(count),
                "callers were ready and did not call; use more offerers or fewer callers");
  }
  return with(std::move(check), Verdict::pass, 0.0, "none");
}

Check generator_cpu(const RunDocument& run) {
  constexpr double cpu_fails_above = 0.95;
  constexpr double cpu_warns_above = 0.80;
  constexpr double delay_fails_above = 0.05;
  constexpr double delay_warns_above = 0.01;
  // Waiting for a CPU is only a fault where it shows: in lateness that matters beside the result.
  constexpr double visible_share = 0.05;

  Check check = make("generator_cpu", "CPU of the busiest generator thread", cpu_fails_above);
  double cpu = 0.0;
  double delay = 0.0;
  bool found = false;
  if (saturates(run)) {
    return not_applicable(std::move(check), "a saturating producer uses a CPU on purpose");
  }
  const bool spins = run.scenario.run.pacing.kind == Pacing::Kind::spin;
  for (const RoleCost& role : run.roles) {
    if (role.role == "offerer" || role.role == "settler") {
      found = true;
      if (spins && role.role == "offerer") {
        delay = std::max(delay, role.busiest_thread_delay);
        continue;
      }
      cpu = std::max(cpu, role.busiest_thread_cpu);
      delay = std::max(delay, role.busiest_thread_delay);
    }
  }
  if (!found) {
    return not_applicable(std::move(check), "no generator thread was observed");
  }
  const bool visible = lateness_of(run).value_or(Duration{0}) > harmless_lateness &&
                       lateness_share(run).value_or(1.0) > visible_share;
  std::string seen = fmt::format("CPU {}, waiting for a CPU {} of the time", format_percent(cpu),
                                 format_percent(delay));
  if (spins) {
    seen += "; offerers spin by plan";
  }
  if (cpu > cpu_fails_above || (visible && delay > delay_fails_above)) {
    return with(std::move(check), Verdict::fail, cpu,
                seen + ": the generator was starved; free a core or lower the rate");
  }
  if (cpu > cpu_warns_above || (visible && delay > delay_warns_above)) {
    return with(std::move(check), Verdict::warn, cpu,
                seen + ": the generator was nearly held up; free a core or lower the rate");
  }
  return with(std::move(check), Verdict::pass, cpu, std::move(seen));
}

namespace {

Check poisson_arrivals(Check check, const RunDocument& run) {
  check.name = "planned gaps are exponential (p of Kolmogorov-Smirnov)";
  check.limit = fail_below_p;
  const std::vector<double>& gaps = run.arrivals.planned_gaps;
  const double distance = statistics::kolmogorov_distance_to_exponential(gaps);
  const double p = statistics::kolmogorov_p_value(distance, gaps.size());
  std::string seen = fmt::format("D = {:.4f} over {} planned gaps", distance, gaps.size());
  if (!run.arrivals.offered_gaps.empty()) {
    // Offered gaps carry the timer's lateness, which has its own check.
    seen += fmt::format("; as offered D = {:.4f}",
                        statistics::kolmogorov_distance_to_exponential(run.arrivals.offered_gaps));
  }
  if (p < fail_below_p) {
    return with(std::move(check), Verdict::fail, p,
                seen + ": the plan is not Poisson; report this as a fault of queuemeter");
  }
  if (p < warn_below_p) {
    return with(std::move(check), Verdict::warn, p,
                seen + ": once in a thousand seeds; repeat with another run.seed");
  }
  return with(std::move(check), Verdict::pass, p, std::move(seen));
}

Check constant_arrivals(Check check, const RunDocument& run) {
  constexpr double steady_tolerance = 1e-3;
  constexpr double staged_tolerance = 2e-2;
  constexpr double instants_ns = 2.0;  // either end of a gap is rounded to a nanosecond
  const bool staged = !run.scenario.traffic.stages.empty();
  check.limit = std::max(staged ? staged_tolerance : steady_tolerance,
                         instants_ns * 1e-9 * run.planned_per_s);
  check.name = "planned gaps are equal (deviation from their mean)";

  std::vector<double> deviations;
  for (const double gap : run.arrivals.planned_gaps) {
    deviations.push_back(std::abs(gap - 1.0));
  }
  std::sort(deviations.begin(), deviations.end());
  // A gap across the border of two stages belongs to neither rate.
  const std::size_t worst = staged ? (deviations.size() - 1) * 99 / 100 : deviations.size() - 1;
  const double value = deviations[worst];
  std::string seen = fmt::format("greatest {:.2g} over {} planned gaps", value, deviations.size());
  if (value > check.limit) {
    return with(std::move(check), Verdict::fail, value,
                seen + ": the plan is not constant; report this as a fault of queuemeter");
  }
  return with(std::move(check), Verdict::pass, value, std::move(seen));
}

}  // namespace

Check arrival_distribution(const RunDocument& run) {
  constexpr std::size_t least_gaps = 100;
  Check check = make("arrival_distribution", "planned gaps follow the scenario's law", 0.0);
  const TrafficSettings& traffic = run.scenario.traffic;
  if (traffic.model != TrafficModel::open) {
    return not_applicable(std::move(check), "calls follow each other, not a law of arrivals");
  }
  if (std::any_of(traffic.stages.begin(), traffic.stages.end(),
                  [](const Stage& stage) { return stage.kind == Stage::Kind::burst; })) {
    return not_applicable(std::move(check), "bursts put many calls at one instant by plan");
  }
  if (run.arrivals.planned_gaps.size() < least_gaps) {
    return not_applicable(std::move(check), fmt::format("fewer than {} gaps", least_gaps));
  }
  switch (traffic.arrivals) {
    case Arrivals::poisson:
      return poisson_arrivals(std::move(check), run);
    case Arrivals::constant:
      return constant_arrivals(std::move(check), run);
    case Arrivals::replay:
      return not_applicable(std::move(check), "the arrivals are replayed as they were recorded");
  }
  return check;
}

}  // namespace queuemeter::checks
