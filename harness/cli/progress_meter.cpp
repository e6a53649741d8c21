// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress_meter.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace queuemeter::cli {

namespace {

constexpr std::int64_t fewest_beyond = 10;  // samples beyond a percentile that may be printed

std::int64_t drops(const LedgerCounts& counts) {
  return counts.of(Outcome::rejected) + counts.of(Outcome::shed) + counts.of(Outcome::expired) +
         counts.of(Outcome::failed) + counts.of(Outcome::lost);
}

std::string latency_of(const CoarseHistogram& completion) {
  using Percentile = std::pair<std::string_view, double>;
  for (const auto& [name, quantile] :
       {Percentile{"p99", 0.99}, Percentile{"p90", 0.9}, Percentile{"p50", 0.5}}) {
    if (completion.samples_beyond(quantile) >= fewest_beyond) {
      return fmt::format("{} {:>7}", name, format_duration(completion.value_at(quantile)));
    }
  }
  return fmt::format("p99 {:>7}", "-");
}

}  // namespace

std::optional<ProgressFigures> ProgressMeter::add(const Tick& tick, const Scenario& scenario) {
  if (!is_observed(began_)) {
    began_ = tick.from;
    second_ = tick.from;
  }
  for (const LedgerCounts& counts : tick.counts) {
    since_ += counts;
  }
  // A delta with an unknown bucket is left out: progress is no result.
  [[maybe_unused]] const bool known = completion_.apply(tick.completion);
  if (tick.to - second_ < std::chrono::seconds{1}) {
    return std::nullopt;
  }
  const double seconds = to_seconds(tick.to - second_);
  const auto per_second = [seconds](std::int64_t count) {
    return static_cast<double>(count) / seconds;
  };
  const bool waits = scenario.path.kind != PathKind::direct && tick.gauges.backlog.has_value();
  ProgressFigures figures{
      .elapsed_s = to_seconds(tick.to - began_),
      .stage = tick.stage,
      .sent_per_s = per_second(since_.offered),
      .done_per_s = per_second(since_.of(Outcome::completed)),
      .dropped_per_s = per_second(drops(since_)),
      .latency = latency_of(completion_),
      .waiting = fmt::format("{} {}", waits ? "backlog" : "in flight",
                             waits ? *tick.gauges.backlog : tick.gauges.in_flight)};
  second_ = tick.to;
  since_ = {};
  completion_.reset();
  return figures;
}

}  // namespace queuemeter::cli
