// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress_lines.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <chrono>

namespace queuemeter::cli {

namespace {

constexpr std::int64_t fewest_beyond = 10;  // samples beyond a percentile that may be printed

std::int64_t drops(const LedgerCounts& counts) {
  return counts.of(Outcome::rejected) + counts.of(Outcome::shed) + counts.of(Outcome::expired) +
         counts.of(Outcome::failed) + counts.of(Outcome::lost);
}

}  // namespace

void ProgressLines::ticked(const Tick& tick, const Scenario& scenario) {
  if (!is_observed(began_)) {
    began_ = tick.from;
    printed_ = tick.from;
  }
  for (const LedgerCounts& counts : tick.counts) {
    since_ += counts;
  }
  // A delta with an unknown bucket is left out: progress is no result.
  [[maybe_unused]] const bool known = completion_.apply(tick.completion);
  if (tick.to - printed_ >= std::chrono::seconds{1}) {
    print_(line(tick, scenario));
    printed_ = tick.to;
    since_ = {};
  }
}

std::string ProgressLines::line(const Tick& tick, const Scenario& scenario) const {
  const double seconds = to_seconds(tick.to - printed_);
  const auto per_second = [seconds](std::int64_t count) {
    return static_cast<double>(count) / seconds;
  };
  const std::string p99 = completion_.samples_beyond(0.99) >= fewest_beyond
                              ? format_duration(completion_.value_at(0.99))
                              : "-";
  const bool queued = scenario.path.kind == PathKind::queued && tick.gauges.backlog.has_value();
  return fmt::format(
      "{:6.1f} s  {:<8} sent {:>7.0f}/s  done {:>7.0f}/s  p99 so far {:>7}  dropped {:>6.0f}/s  "
      "{} {}",
      to_seconds(tick.to - began_), tick.stage, per_second(since_.offered),
      per_second(since_.of(Outcome::completed)), p99, per_second(drops(since_)),
      queued ? "backlog" : "in flight", queued ? *tick.gauges.backlog : tick.gauges.in_flight);
}

}  // namespace queuemeter::cli
