// SPDX-License-Identifier: Apache-2.0
#include "harness/run/ticker.hpp"

#include "harness/measure/coarse_histogram.hpp"
#include "harness/measure/roles.hpp"

#include <algorithm>
#include <chrono>

namespace queuemeter {
namespace {

/// Every so many ticks a tick carries all spans.
constexpr std::uint64_t ticks_between_spans = 10;
/// Seconds of the measured window that are kept one by one: a bound for endless runs.
constexpr std::size_t second_limit = 86'400;

std::uint64_t ticks_in_a_second(Duration tick) {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::chrono::seconds{1} / tick));
}

}  // namespace

Ticker::Ticker(RunParts& parts, const RoleRegistry& roles, RunFolder& folder,
               const Scenario& scenario, ProgressSink* progress)
    : parts_{parts},
      roles_{roles},
      folder_{folder},
      scenario_{scenario},
      progress_{progress},
      ticks_per_second_{ticks_in_a_second(scenario.run.tick)},
      previous_at_{parts.window().start},
      second_at_{parts.window().start},
      previous_cpu_{process_usage().cpu_seconds},
      previous_threads_at_{parts.window().start} {
  observation_.seconds.reserve(static_cast<std::size_t>(
      std::min<double>(second_limit, to_seconds(scenario.run.measure) + 1.0)));
}

Result<void> Ticker::tick(std::string_view stage, Instant now) {
  Tick tick;
  tick.number = number_++;
  tick.from = previous_at_;
  tick.to = now;
  tick.stage = stage;

  const Counts totals = parts_.ledger().merge();
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    tick.counts[phase] = totals[phase];
    tick.counts[phase] -= totals_[phase];
  }
  totals_ = totals;
  always_balanced_ =
      always_balanced_ && std::ranges::all_of(totals, [](const LedgerCounts& counts) {
        return counts.in_flight() >= 0;
      });
  tick.gauges = read_gauges(now);

  parts_.recorders().merge_into(scratch_, Phase::measure, Span::completion);
  tick.completion = coarse_delta(scratch_, tick_completion_);
  tick_completion_ = scratch_;
  if (tick.number % ticks_between_spans == ticks_between_spans - 1) {
    add_spans(tick);
  }
  observe(tick);
  failure_rule_.see(tick);
  previous_at_ = now;

  Result<void> written = folder_.append_tick(tick);
  if (written && number_ % ticks_per_second_ == 0) {
    written = log_until(tick.to, tick.gauges);
  }
  if (progress_ != nullptr) {
    progress_->ticked(tick, scenario_);
  }
  return written;
}

std::int64_t Ticker::in_flight() const noexcept {
  std::int64_t sum = 0;
  for (const LedgerCounts& counts : totals_) {
    sum += counts.in_flight();
  }
  return sum;
}

Gauges Ticker::read_gauges(Instant now) {
  Gauges gauges;
  gauges.in_flight = in_flight();
  if (Queue* const queue = parts_.queue(); queue != nullptr) {
    if (const std::optional<std::size_t> depth = queue->depth(); depth.has_value()) {
      gauges.backlog = static_cast<std::int64_t>(*depth);
    }
  }
  gauges.oldest_age = parts_.oldest_age(now);
  gauges.lateness_max = parts_.take_worst_lateness();

  const double seconds = std::max(1e-9, to_seconds(now - previous_at_));
  if (const std::optional<Duration> busy = parts_.worker_busy_time(now); busy.has_value()) {
    gauges.workers_busy = std::max(0.0, to_seconds(*busy - previous_busy_) / seconds);
    previous_busy_ = *busy;
  }
  const double cpu = process_usage().cpu_seconds;
  gauges.process_cpu = (cpu - previous_cpu_) / seconds;
  previous_cpu_ = cpu;

  // Reading every thread costs some files each, so once a second.
  if (number_ % ticks_per_second_ == 0) {
    std::vector<ThreadUsage> threads = roles_.read();
    generator_cpu_ = 0.0;
    for (const RoleUsage& role :
         role_cost(previous_threads_, threads, now - previous_threads_at_)) {
      if (role.role != "worker") {
        generator_cpu_ = std::max(generator_cpu_, role.busiest_thread_cpu);
      }
    }
    previous_threads_ = std::move(threads);
    previous_threads_at_ = now;
  }
  gauges.generator_cpu = generator_cpu_;
  return gauges;
}

void Ticker::add_spans(Tick& tick) {
  for (const Span span : all_spans) {
    if (span == Span::completion) {
      continue;
    }
    Histogram& previous = tick_spans_[static_cast<std::size_t>(span)];
    parts_.recorders().merge_into(scratch_, Phase::measure, span);
    CoarseDelta delta = coarse_delta(scratch_, previous);
    if (!delta.empty()) {
      tick.spans.emplace_back(span, std::move(delta));
      previous = scratch_;
    }
  }
}

void Ticker::observe(const Tick& tick) {
  const RunWindow& window = parts_.window();
  if (tick.gauges.in_flight > 0) {
    empty_since_.reset();
  } else if (!empty_since_.has_value()) {
    empty_since_ = tick.to;
  }
  // The direct path keeps its backlog at the backend: what is unanswered is what waits.
  const std::int64_t waiting = tick.gauges.backlog.value_or(tick.gauges.in_flight);
  const Duration slack = scenario_.run.tick / 2;
  if (tick.to > window.measure_from && tick.to <= window.measure_to + slack) {
    observation_.backlog_peak = std::max(observation_.backlog_peak, waiting);
    observation_.backlog_end = waiting;
    observation_.backlog.add(to_seconds(tick.to - window.measure_from),
                             static_cast<double>(waiting));
  }
  if (tick.to > window.measure_from) {
    observation_.oldest_age =
        std::max(observation_.oldest_age, tick.gauges.oldest_age.value_or(Duration{0}));
  }
}

Result<void> Ticker::finish() {
  return previous_at_ > second_at_ ? log_until(previous_at_, Gauges{}) : Result<void>{};
}

Result<void> Ticker::log_until(Instant end, const Gauges& gauges) {
  std::vector<Histogram> gains;
  std::vector<std::string_view> tags;
  gains.reserve(span_count + 1);
  for (const Span span : all_spans) {
    Histogram& previous = log_spans_[static_cast<std::size_t>(span)];
    Histogram total = parts_.recorders().merged(Phase::measure, span);
    Histogram gain = total;
    gain.subtract(previous);
    previous = std::move(total);
    if (span == Span::completion) {
      close_second(end, gauges, gain);
    }
    gains.push_back(std::move(gain));
    tags.push_back(span == Span::completion ? std::string_view{} : to_string(span));
  }
  Histogram total = parts_.recorders().merged(Phase::warm_up, Span::completion);
  Histogram gain = total;
  gain.subtract(log_warm_up_);
  log_warm_up_ = std::move(total);
  gains.push_back(std::move(gain));
  tags.push_back("warm_up.completion");

  std::vector<TaggedHistogram> lines;
  for (std::size_t index = 0; index < gains.size(); ++index) {
    if (gains[index].count() + gains[index].over_range() > 0) {
      lines.push_back({tags[index], gains[index]});
    }
  }
  const Duration from = second_at_ - parts_.window().start;
  const Duration length = end - second_at_;
  second_at_ = end;
  return folder_.write_histograms(from, length, lines);
}

void Ticker::close_second(Instant end, const Gauges& gauges, const Histogram& completed) {
  const LedgerCounts& now = totals_[static_cast<std::size_t>(Phase::measure)];
  LedgerCounts gain = now;
  gain -= second_totals_[static_cast<std::size_t>(Phase::measure)];
  second_totals_ = totals_;
  const Duration slack = scenario_.run.tick / 2;
  const RunWindow& window = parts_.window();
  // Whole seconds of the window only: a partial one would look like a dip.
  if (second_at_ + slack < window.measure_from || end > window.measure_to + slack ||
      observation_.seconds.size() >= second_limit) {
    return;
  }
  SecondBin bin;
  bin.planned = gain.planned;
  bin.offered = gain.offered;
  bin.completed = gain.of(Outcome::completed);
  if (completed.count() > 0) {
    bin.completion_p50 = completed.value_at(0.5);
  }
  bin.backlog = gauges.backlog.value_or(gauges.in_flight);
  observation_.seconds.push_back(bin);
}

}  // namespace queuemeter
