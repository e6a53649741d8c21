// SPDX-License-Identifier: Apache-2.0
#include "harness/run/write_up.hpp"

#include "harness/call/queue_traits.hpp"
#include "harness/record/machine.hpp"
#include "harness/run/run_state.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>

namespace queuemeter {
namespace {

/// A percentile needs so many samples beyond it to be printed.
constexpr std::uint64_t samples_to_print = 10;

std::string new_run_id() {
  std::random_device device;
  const std::uint64_t id = (std::uint64_t{device()} << 32U) | device();
  return fmt::format("{:016x}", id);
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

/// What is taken was in the queue before the run: nobody could refuse it, or lose it on the way.
bool can_drop(const Scenario& scenario) { return scenario.path.kind != PathKind::take; }

void write_account(RunState& state) {
  RunDocument& document = state.document;
  RunParts& parts = *state.parts;
  const auto totals = parts.ledger().merge();
  document.ledger = totals[static_cast<std::size_t>(Phase::measure)];
  document.balanced = state.ticker->always_balanced() &&
                      std::ranges::all_of(totals, [](const LedgerCounts& counts) {
                        return counts.in_flight() == 0;
                      });
  if (can_drop(state.scenario)) {
    document.drop_rate = document.ledger.drop_rate();
    document.drop_rate_max = document.ledger.drop_rate_max();
  }

  const double seconds = document.measure_seconds;
  if (seconds > 0.0) {
    document.planned_per_s = static_cast<double>(document.ledger.planned) / seconds;
    document.offered_per_s = static_cast<double>(parts.offered_in_window()) / seconds;
    document.completed_per_s = static_cast<double>(parts.completed_in_window()) / seconds;
    document.goodput_per_s = static_cast<double>(parts.goodput_in_window()) / seconds;
  }
  for (const Span span : all_spans) {
    document.latency[static_cast<std::size_t>(span)] =
        summarise(parts.recorders().merged(Phase::measure, span));
  }
}

/// What became of the calls of one class; its latencies are summarised like the run's.
ClassResult class_result(const RunState& state, const TrafficClass& kind, std::uint16_t index) {
  const double seconds = state.document.measure_seconds;
  ClassResult result;
  result.name = kind.name;
  result.weight = kind.weight;
  std::uint64_t completed = 0;
  std::uint64_t goodput = 0;
  std::vector<Histogram> spans(span_count);  // 2.1 MiB
  for (const Settlement* const part : state.parts->settlements_of(index)) {
    result.ledger += part->ledger().counts()[static_cast<std::size_t>(Phase::measure)];
    completed += part->completed_in_window();
    goodput += part->goodput_in_window();
    for (const Span span : all_spans) {
      spans[static_cast<std::size_t>(span)].add(part->recorder().histogram(Phase::measure, span));
    }
  }
  std::ranges::transform(spans, result.latency.begin(), summarise);
  if (can_drop(state.scenario)) {
    result.drop_rate = result.ledger.drop_rate();
    result.drop_rate_max = result.ledger.drop_rate_max();
  }
  if (seconds > 0.0) {
    result.planned_per_s = static_cast<double>(result.ledger.planned) / seconds;
    result.completed_per_s = static_cast<double>(completed) / seconds;
    result.goodput_per_s = static_cast<double>(goodput) / seconds;
  }
  return result;
}

void write_classes(RunState& state) {
  const std::vector<TrafficClass>& classes = state.scenario.traffic.classes;
  for (std::size_t index = 0; index < classes.size(); ++index) {
    state.document.classes.push_back(
        class_result(state, classes[index], static_cast<std::uint16_t>(index)));
  }
}

void write_backlog(RunState& state) {
  const Observation& seen = state.ticker->observation();
  Backlog backlog;
  backlog.peak = seen.backlog_peak;
  backlog.end = seen.backlog_end;
  backlog.growth_per_s = seen.backlog.slope();
  backlog.growth_per_s_error = seen.backlog.slope_error();
  backlog.oldest_age = seen.oldest_age;
  if (const std::optional<Instant> empty = state.ticker->empty_since();
      empty.has_value() && state.traffic_ended != unobserved && *empty <= state.drain_ended) {
    backlog.drain = std::max(Duration{0}, *empty - state.traffic_ended);
  }
  state.document.backlog = std::move(backlog);
  state.document.seconds = seen.seconds;
}

void write_workers(RunState& state) {
  if (!state.opening.workers_busy.has_value() || !state.closing.workers_busy.has_value()) {
    return;
  }
  RunDocument& document = state.document;
  const Duration busy = *state.closing.workers_busy - *state.opening.workers_busy;
  const double wall = to_seconds(state.closing.at - state.opening.at);
  document.worker_count = state.scenario.workers.count;
  document.workers_busy = wall > 0.0 ? to_seconds(busy) / wall : 0.0;
  const auto& handoff = document.latency[static_cast<std::size_t>(Span::handoff)];
  const auto& service = document.latency[static_cast<std::size_t>(Span::service)];
  if (handoff.has_value() && service.has_value()) {
    document.workers_needed = document.planned_per_s * to_seconds(handoff->mean + service->mean);
  }
}

void write_troubles(RunState& state) {
  WorkerHalf* const workers = state.parts->workers();
  if (workers == nullptr || state.scenario.path.kind == PathKind::offer) {
    return;
  }
  const WorkerCounts counts = workers->crew().counts();
  state.document.worker_troubles = {.crashed = counts.crashed,
                                    .recycled = counts.recycled,
                                    .retried = counts.retried,
                                    .retries_denied = workers->retries_denied()};
}

void write_fairness(RunState& state) {
  CallSpreadTally consumers;
  for (const std::uint64_t taken : state.parts->taken_by_consumer()) {
    consumers.add(taken);
  }
  CallSpreadTally callers;
  for (const OffererParts& offerer : state.parts->offerers()) {
    for (const std::uint64_t calls : offerer.calls_by_caller()) {
      callers.add(calls);
    }
  }
  state.document.fairness = {.callers = callers.spread(), .consumers = consumers.spread()};
}

void write_connections(RunState& state) {
  Backend* const backend = state.parts->backend();
  if (backend == nullptr) {
    return;
  }
  if (const std::optional<ConnectionTotals> account = backend->connection_totals();
      account.has_value() && account->used > 0) {
    state.document.connections = ConnectionUse{
        .used = account->used, .passed_over = account->passed_over, .answers = account->answers};
    if (state.opened_in.has_value()) {
      state.document.connections->opened_before = state.scenario.backend.client.open;
      state.document.connections->opened_before_seconds = to_seconds(*state.opened_in);
    }
  }
}

void write_peaks(RunState& state) {
  CallerPeaks peaks;
  for (const OffererParts& offerer : state.parts->offerers()) {
    peaks.in_flight += offerer.pool->peak_in_use();
    peaks.held += offerer.entry == nullptr ? 0 : offerer.entry->peak_held();
  }
  state.document.caller_peaks = peaks;
}

void write_backend(RunState& state) {
  const std::optional<BackendAccount>& opening = state.opening.backend;
  const std::optional<BackendAccount>& closing = state.closing.backend;
  const std::optional<BackendAccount>& end = state.end.backend;
  if (!opening.has_value() || !closing.has_value() || !end.has_value()) {
    return;
  }
  RunDocument& document = state.document;
  const double wall = to_seconds(closing->read_at - opening->read_at);
  document.backend_slots = static_cast<double>(closing->slots);
  if (wall > 0.0) {
    document.backend_busy = (closing->busy_seconds - opening->busy_seconds) / wall;
  }
  // Waste shows when the work is done, which may be in the drain.
  document.backend_served = end->served - opening->served;
  document.backend_wasted = end->wasted - opening->wasted;
  // What the backend did not notice, because a worker or a site waited for it, the callers did.
  document.ledger.wasted =
      std::max(document.ledger.wasted, static_cast<std::int64_t>(*document.backend_wasted));
  if (*document.backend_served > 0) {
    document.backend_mean_service_s = (end->service_seconds - opening->service_seconds) /
                                      static_cast<double>(*document.backend_served);
  }
}

void write_front(RunState& state) {
  const Site* const site = state.parts->site();
  if (site == nullptr) {
    return;
  }
  PollCounts polls;
  for (const OffererParts& offerer : state.parts->offerers()) {
    const PollCounts& counts = offerer.front->polls();
    polls.asked += counts.asked;
    polls.unanswered += counts.unanswered;
    polls.time += counts.time;
  }
  const CompletionCounts counts = site->counts();
  state.document.front = FrontResult{
      .polls = polls.asked,
      .polls_unanswered = polls.unanswered,
      .mean_poll_s =
          polls.asked > 0 ? to_seconds(polls.time) / static_cast<double>(polls.asked) : 0.0,
      .reports = counts.received,
      .forged = counts.forged,
      .strange = counts.strange,
      .missed = counts.missed};
}

/// Workers belong to what is measured, and the conductor writes files.
bool is_on_the_measuring_path(std::string_view role) {
  return role == "offerer" || role == "settler" || role == "consumer";
}

void write_cost(RunState& state) {
  RunDocument& document = state.document;
  const Duration wall = state.closing.at - state.opening.at;
  double cpu_seconds = 0.0;
  for (const RoleUsage& usage : role_cost(state.opening.threads, state.closing.threads, wall)) {
    document.roles.push_back({.role = usage.role,
                              .threads = usage.threads,
                              .cpu_seconds = usage.cpu_seconds,
                              .run_queue_delay_seconds = usage.run_queue_delay_seconds,
                              .busiest_thread_cpu = usage.busiest_thread_cpu,
                              .busiest_thread_delay = usage.busiest_thread_delay,
                              .voluntary_switches = usage.voluntary_switches,
                              .involuntary_switches = usage.involuntary_switches});
    document.allocations += is_on_the_measuring_path(usage.role) ? usage.allocations : 0;
    cpu_seconds += usage.cpu_seconds;
  }
  const auto planned = static_cast<double>(document.ledger.planned);
  document.cpu_us_per_call = planned > 0.0 ? cpu_seconds * 1e6 / planned : 0.0;
  document.max_rss_bytes = state.end.process.max_rss_bytes;
  document.host = strain_between(state.opening.host, state.closing.host, wall);
}

/// What the callers of a closed loop did; nothing where nobody waits.
std::optional<LoopEvidence> loop_evidence(RunState& state) {
  CallerCycles sum;
  std::uint64_t callers = 0;
  for (const OffererParts& offerer : state.parts->offerers()) {
    if (const CallerCycles* const cycles = offerer.cycles(); cycles != nullptr) {
      sum.count += cycles->count;
      sum.response += cycles->response;
      sum.think += cycles->think;
      sum.edge += cycles->edge;
      sum.out += cycles->out;
      callers += offerer.calls_by_caller().size();
    }
  }
  if (sum.count == 0) {
    return std::nullopt;
  }
  const auto count = static_cast<double>(sum.count);
  // A window that ended early has another edge than the one that was summed for.
  const bool knows_edges = sum.out == 0 && state.traffic_ended == state.window.measure_to;
  return LoopEvidence{.callers = callers,
                      .cycles = sum.count,
                      .mean_response_s = to_seconds(sum.response) / count,
                      .mean_think_s = to_seconds(sum.think) / count,
                      .edge_s = knows_edges ? std::optional{to_seconds(sum.edge)} : std::nullopt};
}

void write_evidence(RunState& state) {
  RunDocument& document = state.document;
  document.loop = loop_evidence(state);
  document.arrivals.planned_in_window = static_cast<std::uint64_t>(document.ledger.planned);
  document.arrivals.offered_in_window = state.parts->offered_in_window();
  if (const GapEvidence* const gaps = state.parts->gaps(); gaps != nullptr) {
    document.arrivals.planned_gaps = gaps->planned;
    document.arrivals.offered_gaps = gaps->offered;
  }
  const FlowIntegral flow = state.parts->flow();
  // It was integrated over the planned window; rates are of the time that was measured, which is
  // less when the run ended early.
  const double planned_s = to_seconds(state.window.measure_to - state.window.measure_from);
  const double measured_s = document.measure_seconds;
  document.flow = {.in_system_time_average =
                       measured_s > 0.0 ? flow.time_average() * planned_s / measured_s : 0.0,
                   .completed_in_window = flow.completed_in_window(),
                   .mean_time_in_system_s = flow.mean_time_s(),
                   .edge_s = flow.edge_s(),
                   .at_window_start = flow.at_window_start(),
                   .at_window_end = flow.at_window_end()};
  document.foreign_messages = state.parts->records().foreign();
  document.clock.negative_spans = state.parts->recorders().negative_spans();
  for (const auto& summary : document.latency) {
    document.clock.over_range += summary.has_value() ? summary->over_range : 0;
  }
}

}  // namespace

void open_document(RunState& state) {
  RunDocument& document = state.document;
  document.id = new_run_id();
  document.started_at = utc_now();
  document.build = this_build();
  document.machine = this_machine();
  document.machine.clock_read_cost = measure_clock_cost(state.clock).per_reading;
  document.scenario = state.scenario;
  document.scenario_hash = scenario_hash(state.scenario);
}

void describe_queue(RunDocument& document, const Queue& queue) {
  const QueueTraits& traits = queue.traits();
  document.queue_name = traits.name;
  document.queue_version = queue.version();
  document.producer_guarantee = to_string(traits.producer_guarantee);
  document.consumer_guarantee = to_string(traits.consumer_guarantee);
  document.producer_guarantee_words = plain_words(traits.producer_guarantee);
  document.consumer_guarantee_words = plain_words(traits.consumer_guarantee);
  const auto trait = [&document](std::string_view key, std::string_view value) {
    document.queue_traits.emplace_back(key, value);
  };
  trait("order", to_string(traits.order));
  trait("producers", to_string(traits.producers));
  trait("consumers", to_string(traits.consumers));
  trait("bound", to_string(traits.bound));
  trait("wait", to_string(traits.wait));
  trait("scope", to_string(traits.scope));
  trait("delivery", to_string(traits.delivery));
  document.effective_settings = queue.effective_settings();
  document.effective_settings.emplace_back("wait", to_string(document.scenario.queue.wait));
  const auto note_emulated = [&document](std::string_view ability, Ability how) {
    if (how == Ability::emulated) {
      document.emulated.emplace_back(ability);
    }
  };
  note_emulated("bulk", traits.bulk);
  note_emulated("timed", traits.timed);
  note_emulated("close", traits.close);
  note_emulated("depth", traits.depth);
}

void write_up(RunState& state) {
  RunDocument& document = state.document;
  const auto length = [](Instant from, Instant to) { return std::max(0.0, to_seconds(to - from)); };
  document.interrupted = state.interrupted;
  document.stopped_because = state.stopped_because.value_or("");
  document.complete =
      !state.interrupted && !state.stopped_because.has_value() && !state.write_error.has_value();
  document.warm_up_seconds =
      length(state.window.start, std::min(state.window.measure_from, state.traffic_ended));
  document.measure_seconds = length(state.window.measure_from, state.traffic_ended);
  document.drain_seconds = length(state.traffic_ended, state.drain_ended);
  document.sweep_seconds = length(state.drain_ended, state.sweep_ended);
  write_account(state);
  write_classes(state);
  write_backlog(state);
  write_workers(state);
  write_troubles(state);
  write_fairness(state);
  write_peaks(state);
  write_backend(state);
  write_connections(state);
  write_front(state);
  write_cost(state);
  write_evidence(state);
}

std::optional<SpanSummary> summarise(const Histogram& histogram) {
  if (histogram.count() == 0 && histogram.over_range() == 0) {
    return std::nullopt;
  }
  const auto percentile = [&histogram](double quantile) -> std::optional<Duration> {
    if (histogram.samples_beyond(quantile) < samples_to_print) {
      return std::nullopt;
    }
    return histogram.value_at(quantile);
  };
  return SpanSummary{.count = histogram.count(),
                     .min = histogram.min(),
                     .mean = histogram.mean(),
                     .max = histogram.max(),
                     .p50 = percentile(0.5),
                     .p90 = percentile(0.9),
                     .p95 = percentile(0.95),
                     .p99 = percentile(0.99),
                     .p999 = percentile(0.999),
                     .p9999 = percentile(0.9999),
                     .over_range = histogram.over_range()};
}

}  // namespace queuemeter
