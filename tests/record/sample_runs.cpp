// SPDX-License-Identifier: Apache-2.0
#include "tests/record/sample_runs.hpp"

#include <cmath>

namespace queuemeter::sample_runs {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double window_s = 10.0;

void count(LedgerCounts& ledger, Outcome outcome, Reason reason, std::int64_t calls) {
  ledger.outcomes[static_cast<std::size_t>(outcome)] += calls;
  if (reason != Reason::none) {
    ledger.reasons[static_cast<std::size_t>(reason)] += calls;
  }
}

SpanSummary summary(std::int64_t samples, Duration p50, Duration p99) {
  SpanSummary span;
  span.count = static_cast<std::uint64_t>(samples);
  span.min = p50 / 4;
  span.mean = p50 + p50 / 10;
  span.p50 = p50;
  span.p90 = p50 + (p99 - p50) / 3;
  span.p95 = p50 + (p99 - p50) / 2;
  span.p99 = p99;
  span.max = p99 + p99 / 5;
  return span;
}

void set(RunDocument& run, Span span, SpanSummary value) {
  run.latency[static_cast<std::size_t>(span)] = value;
}

/// The quantiles of Exp(1): a sample that fits the law as well as any can.
std::vector<double> exponential_gaps() {
  constexpr int n = 2'000;
  std::vector<double> gaps;
  for (int i = 0; i < n; ++i) {
    gaps.push_back(-std::log1p(-(i + 0.5) / n));
  }
  return gaps;
}

RunDocument base(PathKind path, double rate) {
  RunDocument run;
  run.id = "4f1c";
  run.started_at = "2026-03-01T10:00:00Z";
  run.warm_up_seconds = 2.0;
  run.measure_seconds = window_s;
  run.drain_seconds = 5.0;
  run.sweep_seconds = 0.001;
  run.complete = true;
  run.balanced = true;
  run.build = {"0.1.0", "abc1234", "measure", "GNU 12.2.0"};
  run.machine.host = "testbed";
  run.machine.kernel = "Linux 6.1.0";
  run.machine.cpu_model = "Example CPU";
  run.machine.architecture = "x86_64";
  run.machine.clock_source = "tsc";
  run.machine.cpus = 2;
  run.machine.memory_bytes = 8ULL << 30U;
  run.machine.clock_read_cost = Duration{25};
  run.machine.clock_granularity = Duration{1};

  Scenario& scenario = run.scenario;
  scenario.run.measure = seconds{10};
  scenario.traffic.rate = Rate::per_second(rate);
  scenario.traffic.reply_timeout = seconds{2};
  scenario.traffic.deadline = Distribution::constant(seconds{2});
  scenario.path.kind = path;
  scenario.queue.bound = 600;
  scenario.backend.kind = BackendSettings::Kind::managed;
  scenario.backend.service_time = Distribution::constant(milliseconds{20});
  scenario.backend.concurrency = 8;
  run.scenario_hash = scenario_hash(scenario);

  const auto planned = static_cast<std::int64_t>(rate * window_s);
  run.ledger.planned = planned;
  run.ledger.offered = planned;
  run.planned_per_s = rate;
  run.offered_per_s = rate;
  run.arrivals.planned_gaps = exponential_gaps();
  run.arrivals.offered_gaps = exponential_gaps();
  run.arrivals.planned_in_window = static_cast<std::uint64_t>(planned);
  run.arrivals.offered_in_window = static_cast<std::uint64_t>(planned);
  set(run, Span::lateness, summary(planned, microseconds{40}, microseconds{180}));

  RoleCost offerer;
  offerer.role = "offerer";
  offerer.threads = 1;
  offerer.cpu_seconds = 0.4;
  offerer.run_queue_delay_seconds = 0.05;
  offerer.busiest_thread_cpu = 0.04;
  offerer.busiest_thread_delay = 0.005;
  offerer.voluntary_switches = 6'000;
  offerer.involuntary_switches = 12;
  run.roles.push_back(offerer);
  run.cpu_us_per_call = 85.0;
  run.max_rss_bytes = 40ULL << 20U;

  run.backend_slots = 8.0;
  run.backend_mean_service_s = 0.0201;
  return run;
}

void make_queued(RunDocument& run) {
  run.queue_name = "mutex_deque";
  run.queue_version = "0.1.0";
  run.producer_guarantee = "G1";
  run.consumer_guarantee = "C0";
  run.producer_guarantee_words = "acknowledged, but gone when the process dies";
  run.consumer_guarantee_words = "at most once: a call is gone when the worker that took it dies";
  run.queue_traits = {{"order", "fifo"}, {"bound", "calls"}};
  run.effective_settings = {{"bound", "600"}};
  run.emulated = {"bulk"};
  run.worker_count = 8;
  run.workers_busy = run.backend_busy.value_or(0.0);
  run.workers_needed = run.planned_per_s * 0.0201;
}

/// Ten seconds that look alike.
void fill_seconds(RunDocument& run, Duration p50) {
  for (int second = 0; second < 10; ++second) {
    SecondBin bin;
    bin.planned = run.ledger.planned / 10;
    bin.offered = bin.planned;
    bin.completed = run.ledger.of(Outcome::completed) / 10;
    // Up and down in turn: no trend.
    bin.completion_p50 = p50 + p50 / 50 * (second % 2);
    bin.backlog = run.backlog ? run.backlog->end : 0;
    run.seconds.push_back(bin);
  }
}

void finish(RunDocument& run, double mean_time_s, std::uint64_t in_system) {
  run.completed_per_s = static_cast<double>(run.ledger.of(Outcome::completed)) / window_s;
  run.goodput_per_s = static_cast<double>(run.ledger.goodput()) / window_s;
  run.drop_rate = run.ledger.drop_rate();
  run.drop_rate_max = run.ledger.drop_rate_max();
  run.flow.completed_in_window = static_cast<double>(run.ledger.planned);
  run.flow.mean_time_in_system_s = mean_time_s;
  run.flow.in_system_time_average = run.flow.completed_in_window / window_s * mean_time_s;
  run.flow.edge_s = static_cast<double>(in_system) * mean_time_s;
  run.flow.at_window_start = in_system;
  run.flow.at_window_end = in_system;
}

}  // namespace

RunDocument direct_overloaded() {
  RunDocument run = base(PathKind::direct, 600);
  count(run.ledger, Outcome::completed, Reason::none, 2'300);
  count(run.ledger, Outcome::failed, Reason::reply_timeout, 3'700);
  run.ledger.wasted = 1'730;
  set(run, Span::completion, summary(2'300, milliseconds{900}, milliseconds{1'990}));
  set(run, Span::answer, summary(2'300, milliseconds{900}, milliseconds{1'990}));
  set(run, Span::handoff, summary(2'300, microseconds{30}, microseconds{300}));
  set(run, Span::service, summary(2'300, milliseconds{900}, milliseconds{1'990}));
  run.backend_busy = 7.98;
  run.backend_served = 4'030;
  run.backend_wasted = 1'730;
  finish(run, 1.58, 950);
  fill_seconds(run, milliseconds{900});
  return run;
}

RunDocument queued_overloaded() {
  RunDocument run = base(PathKind::queued, 600);
  count(run.ledger, Outcome::completed, Reason::none, 4'577);
  count(run.ledger, Outcome::rejected, Reason::full, 1'423);
  set(run, Span::completion, summary(4'577, milliseconds{1'480}, milliseconds{1'520}));
  set(run, Span::answer, summary(4'577, microseconds{90}, microseconds{870}));
  set(run, Span::admission, summary(4'577, microseconds{2}, microseconds{40}));
  set(run, Span::queueing, summary(4'577, milliseconds{1'460}, milliseconds{1'500}));
  set(run, Span::handoff, summary(4'577, microseconds{20}, microseconds{150}));
  set(run, Span::service, summary(4'577, milliseconds{20}, milliseconds{22}));
  set(run, Span::returning, summary(4'577, microseconds{25}, microseconds{210}));
  run.backend_busy = 7.97;
  run.backend_served = 4'577;
  run.backend_wasted = 0;
  Backlog backlog;
  backlog.peak = 600;
  backlog.end = 598;
  backlog.growth_per_s = 1.2;
  backlog.growth_per_s_error = 0.9;
  backlog.oldest_age = milliseconds{1'520};
  backlog.drain = milliseconds{1'500};
  run.backlog = backlog;
  make_queued(run);
  finish(run, 1.14, 600);
  fill_seconds(run, milliseconds{1'480});
  return run;
}

RunDocument direct_at_ease() {
  RunDocument run = base(PathKind::direct, 300);
  count(run.ledger, Outcome::completed, Reason::none, 3'000);
  set(run, Span::completion, summary(3'000, milliseconds{21}, milliseconds{37}));
  set(run, Span::answer, summary(3'000, milliseconds{21}, milliseconds{37}));
  set(run, Span::handoff, summary(3'000, microseconds{30}, microseconds{300}));
  set(run, Span::service, summary(3'000, milliseconds{21}, milliseconds{37}));
  run.backend_busy = 6.01;
  run.backend_served = 3'000;
  run.backend_wasted = 0;
  finish(run, 0.0225, 7);
  fill_seconds(run, milliseconds{21});
  return run;
}

RunDocument queued_at_ease() {
  RunDocument run = base(PathKind::queued, 300);
  count(run.ledger, Outcome::completed, Reason::none, 3'000);
  set(run, Span::completion, summary(3'000, milliseconds{21}, milliseconds{38}));
  set(run, Span::answer, summary(3'000, microseconds{80}, microseconds{640}));
  set(run, Span::admission, summary(3'000, microseconds{2}, microseconds{35}));
  set(run, Span::queueing, summary(3'000, microseconds{60}, milliseconds{16}));
  set(run, Span::handoff, summary(3'000, microseconds{20}, microseconds{150}));
  set(run, Span::service, summary(3'000, milliseconds{20}, milliseconds{22}));
  set(run, Span::returning, summary(3'000, microseconds{25}, microseconds{210}));
  run.backend_busy = 6.02;
  run.backend_served = 3'000;
  run.backend_wasted = 0;
  Backlog backlog;
  backlog.peak = 14;
  backlog.oldest_age = milliseconds{31};
  backlog.drain = milliseconds{24};
  run.backlog = backlog;
  make_queued(run);
  finish(run, 0.0227, 7);
  fill_seconds(run, milliseconds{21});
  return run;
}

namespace {

/// A part of `run` as a class: every count and span, scaled.
ClassResult class_of(const RunDocument& run, const std::string& name, double weight) {
  ClassResult result;
  result.name = name;
  result.weight = weight;
  const auto part = [weight](std::int64_t calls) {
    return static_cast<std::int64_t>(std::llround(static_cast<double>(calls) * weight / 10.0));
  };
  result.ledger.planned = part(run.ledger.planned);
  result.ledger.offered = part(run.ledger.offered);
  for (const Outcome outcome : all_outcomes) {
    result.ledger.outcomes[static_cast<std::size_t>(outcome)] = part(run.ledger.of(outcome));
  }
  result.planned_per_s = static_cast<double>(result.ledger.planned) / window_s;
  result.completed_per_s = static_cast<double>(result.ledger.of(Outcome::completed)) / window_s;
  result.goodput_per_s = static_cast<double>(result.ledger.goodput()) / window_s;
  result.drop_rate = result.ledger.drop_rate();
  result.drop_rate_max = result.ledger.drop_rate_max();
  result.latency = run.latency;
  for (auto& summary : result.latency) {
    if (summary) {
      summary->count = static_cast<std::uint64_t>(part(static_cast<std::int64_t>(summary->count)));
    }
  }
  return result;
}

}  // namespace

RunDocument callers_at_ease() {
  RunDocument run = queued_at_ease();
  TrafficSettings& traffic = run.scenario.traffic;
  traffic.model = TrafficModel::closed;
  traffic.callers = 60;
  traffic.think = Distribution::constant(milliseconds{177});
  traffic.classes.resize(2);
  traffic.classes[0].name = "short";
  traffic.classes[0].weight = 9.0;
  traffic.classes[1].name = "long";
  traffic.classes[1].objectives = {{"completion_p50", Objective::Comparison::below, 10e6, "< 10ms"},
                                   {"drop_rate", Objective::Comparison::below, 0.01, "< 1%"}};
  for (TrafficClass& each : traffic.classes) {
    each.deadline = traffic.deadline;
  }
  run.scenario.workers.kind = WorkerSettings::Kind::process;
  run.arrivals.planned_gaps.clear();
  run.arrivals.offered_gaps.clear();
  // 60 callers = 300/s x (23 ms + 177 ms).
  run.loop = LoopEvidence{.callers = 60,
                          .cycles = 3'000,
                          .mean_response_s = 0.023,
                          .mean_think_s = 0.177,
                          .edge_s = 6.0};
  run.classes = {class_of(run, "short", 9.0), class_of(run, "long", 1.0)};
  run.fairness.callers = CallSpread{.count = 60, .min = 49, .max = 51, .mean = 50.0, .jain = 0.999};
  run.fairness.consumers =
      CallSpread{.count = 8, .min = 301, .max = 420, .mean = 375.0, .jain = 0.99};
  run.caller_peaks = CallerPeaks{.in_flight = 60, .held = 0};
  run.worker_troubles =
      WorkerTroubles{.crashed = 0, .recycled = 12, .retried = 4, .retries_denied = 0};
  run.ledger.retried = 4;
  run.host = {.cpu_stalled = 0.12, .memory_stalled = 0.0, .io_stalled = 0.01, .steal = 0.003};
  run.scenario_hash = scenario_hash(run.scenario);
  return run;
}

}  // namespace queuemeter::sample_runs
