// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/objectives.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace queuemeter {
namespace {

using Percentile = std::pair<std::string_view, std::optional<Duration> SpanSummary::*>;
constexpr std::array<Percentile, 6> percentiles{{{"p50", &SpanSummary::p50},
                                                 {"p90", &SpanSummary::p90},
                                                 {"p95", &SpanSummary::p95},
                                                 {"p99", &SpanSummary::p99},
                                                 {"p999", &SpanSummary::p999},
                                                 {"p9999", &SpanSummary::p9999}}};

/// A value to compare, or why there is none. `missed` says that its absence is itself a miss.
struct Observation {
  std::optional<double> value;
  std::string note;
  bool missed = false;
};

double in_ns(Duration span) { return static_cast<double>(span.count()); }

Observation span_metric(std::string_view metric, const Measured& run) {
  const std::size_t line = metric.rfind('_');
  const std::string_view name = metric.substr(0, line);
  const std::string_view figure =
      line == std::string_view::npos ? std::string_view{} : metric.substr(line + 1);
  for (const Span span : all_spans) {
    if (to_string(span) != name) {
      continue;
    }
    const auto& summary = run.latency[static_cast<std::size_t>(span)];
    if (!summary || summary->count == 0) {
      return {std::nullopt, fmt::format("no {} was observed", name)};
    }
    if (figure == "mean") {
      return {in_ns(summary->mean), ""};
    }
    if (figure == "max") {
      return {in_ns(summary->max), ""};
    }
    for (const auto& [word, member] : percentiles) {
      if (word == figure) {
        const std::optional<Duration> value = (*summary).*member;
        return value ? Observation{in_ns(*value), ""}
                     : Observation{std::nullopt,
                                   fmt::format("{} samples are too few for {}; measure longer",
                                               format_count(summary->count), figure)};
      }
    }
  }
  return {std::nullopt, fmt::format("{} is no metric of a run", metric)};
}

Observation observe(std::string_view metric, const Measured& run) {
  if (metric == "drop_rate") {
    if (run.ledger.planned <= 0) {
      return {std::nullopt, "no call was planned"};
    }
    return {run.drop_rate_max, run.drop_rate_max ? "" : "calls are not dropped on this path"};
  }
  if (metric == "goodput") {
    return {run.goodput_per_s, ""};
  }
  if (metric == "backlog_age" || metric == "drain") {
    if (!run.backlog) {
      return {std::nullopt, "the backlog cannot be observed on this path"};
    }
    if (metric == "backlog_age") {
      return {in_ns(run.backlog->oldest_age), ""};
    }
    return run.backlog->drain
               ? Observation{in_ns(*run.backlog->drain), ""}
               : Observation{std::nullopt, "the backlog had not drained when the run ended", true};
  }
  return span_metric(metric, run);
}

bool holds(double value, Objective::Comparison comparison, double limit) {
  switch (comparison) {
    case Objective::Comparison::below:
      return value < limit;
    case Objective::Comparison::at_most:
      return value <= limit;
    case Objective::Comparison::above:
      return value > limit;
    case Objective::Comparison::at_least:
      return value >= limit;
  }
  return false;
}

void evaluate_all(const std::vector<Objective>& objectives, const Measured& measured,
                  std::vector<ObjectiveResult>& results) {
  for (const Objective& objective : objectives) {
    results.push_back(evaluate(objective, measured));
  }
}

const std::optional<Backlog> no_backlog;

}  // namespace

Measured Measured::of(const RunDocument& run) noexcept {
  return {run.ledger, run.drop_rate_max, run.goodput_per_s, run.latency, run.backlog};
}

Measured Measured::of(const ClassResult& result) noexcept {
  return {result.ledger, result.drop_rate_max, result.goodput_per_s, result.latency, no_backlog};
}

ObjectiveResult evaluate(const Objective& objective, const Measured& measured) {
  Observation seen = observe(objective.metric, measured);
  ObjectiveResult result;
  result.objective = objective;
  result.value = seen.value;
  result.note = std::move(seen.note);
  if (seen.value) {
    result.met = holds(*seen.value, objective.comparison, objective.limit);
  } else if (seen.missed) {
    result.met = false;
  }
  return result;
}

std::vector<ObjectiveResult> evaluate_objectives(const RunDocument& run) {
  std::vector<ObjectiveResult> results;
  evaluate_all(run.scenario.objectives, Measured::of(run), results);
  const std::vector<TrafficClass>& classes = run.scenario.traffic.classes;
  if (run.classes.empty() && classes.size() == 1) {
    evaluate_all(classes.front().objectives, Measured::of(run), results);
  }
  return results;
}

std::vector<ObjectiveResult> evaluate_objectives(const RunDocument& run,
                                                 const ClassResult& result) {
  std::vector<ObjectiveResult> results;
  for (const TrafficClass& each : run.scenario.traffic.classes) {
    if (each.name == result.name) {
      evaluate_all(each.objectives, Measured::of(result), results);
    }
  }
  return results;
}

}  // namespace queuemeter
