// SPDX-License-Identifier: Apache-2.0
#include "harness/report/next_step.hpp"

#include "harness/call/url_password.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace queuemeter {
namespace {

/// The nearest number of at most two digits and zeros: a proposal, not a measurement.
std::size_t round_number(double value) {
  const double step = std::pow(10.0, std::max(0.0, std::floor(std::log10(value)) - 1.0));
  return static_cast<std::size_t>(std::round(value / step) * step);
}

bool is_bounded_by_settings(const RunDocument& run) {
  return run.scenario.traffic.stages.empty() && run.scenario.traffic.arrivals != Arrivals::replay;
}

/// What to do about the part that held an open loop back, or to find that part.
std::string for_open_loop(const RunDocument& run, const std::string& again) {
  if (run.scenario.path.kind == PathKind::direct && run.saturated) {
    return again + " --set path.kind=queued   (the same traffic through a queue)";
  }
  if (const auto bound = better_bound(run); run.saturated && bound) {
    return fmt::format("{} --set queue.bound={}   (a shorter queue, sooner results)", again,
                       *bound);
  }
  if (!run.saturated && is_bounded_by_settings(run)) {
    return fmt::format("{} --rate {:.0f}/s   (it kept up; twice as many may find its limit)", again,
                       std::ceil(2.0 * run.scenario.traffic.rate.calls_per_second()));
  }
  return again + " --set run.seed=8   (the same with other draws: how far does chance reach?)";
}

std::string for_closed_loop(const RunDocument& run, const std::string& again) {
  const std::size_t callers = run.scenario.traffic.callers;
  if (!run.limiting_part.empty()) {
    return fmt::format("{} --callers {}   (the {} is full: more callers only wait longer)", again,
                       std::max<std::size_t>(1, callers / 2), run.limiting_part);
  }
  return fmt::format("{} --callers {}   (no part was full; twice as many may find the limit)",
                     again, 2 * callers);
}

}  // namespace

std::string command_for(const RunDocument& run, const std::string& scenario_file) {
  std::string command = "queuemeter run " + scenario_file;
  const std::string queue = without_password(run.scenario.queue.use);
  if (has_masked_password(queue)) {
    command += fmt::format(" --queue '{}'", queue);
  }
  return command;
}

std::optional<std::size_t> better_bound(const RunDocument& run) {
  if (run.queue_name.empty()) {
    return std::nullopt;
  }
  const TrafficSettings& traffic = run.scenario.traffic;
  const Duration patience = traffic.deadline
                                ? std::min(traffic.deadline->mean(), traffic.reply_timeout)
                                : traffic.reply_timeout;
  const auto bound = round_number(std::max(1.0, run.completed_per_s * to_seconds(patience) / 4.0));
  return bound < run.scenario.queue.bound.value_or(default_queue_bound) ? std::optional{bound}
                                                                        : std::nullopt;
}

std::string next_step(const RunDocument& run, const std::string& scenario_file) {
  if (run.validity.verdict == Validity::Verdict::invalid) {
    return "queuemeter doctor   (is this machine fit to measure?)";
  }
  std::string again = command_for(run, scenario_file);
  if (run.limiting_part == "workers") {
    return fmt::format("{} --workers {}   (the workers were the limit)", again,
                       2 * std::max<std::size_t>(1, run.scenario.workers.count));
  }
  switch (run.scenario.traffic.model) {
    case TrafficModel::open:
    case TrafficModel::half_open:
      return for_open_loop(run, again);
    case TrafficModel::closed:
      return for_closed_loop(run, again);
    case TrafficModel::saturate:
      return again +
             " --set queue.batch=32   (what larger chunks gain); queuemeter queues lists more";
  }
  return again;
}

}  // namespace queuemeter
