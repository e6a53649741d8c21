// SPDX-License-Identifier: Apache-2.0
#include "harness/run/assembly.hpp"

#include "harness/call/quantity.hpp"
#include "harness/call/tsc_clock.hpp"
#include "harness/traffic/replay_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

/// The rate at the end of a sine.
Rate rate_after(const Stage& sine) {
  const double middle = (sine.rate.calls_per_second() + sine.peak.calls_per_second()) / 2.0;
  const double periods = to_seconds(sine.length) / to_seconds(sine.period);
  const double swing = sine.peak.calls_per_second() - middle;
  return Rate::per_second(
      std::max(0.0, middle + swing * std::sin(2.0 * std::numbers::pi * periods)));
}

RateProfile make_profile(const TrafficSettings& traffic) {
  if (traffic.stages.empty()) {
    return RateProfile{traffic.rate};
  }
  std::vector<RateProfile::Piece> pieces;
  pieces.reserve(traffic.stages.size());
  Rate rate = traffic.rate;
  for (const Stage& stage : traffic.stages) {
    switch (stage.kind) {
      case Stage::Kind::hold:
      case Stage::Kind::step:
        pieces.push_back({.from = stage.rate, .to = stage.rate, .length = stage.length});
        rate = stage.rate;
        break;
      case Stage::Kind::ramp:
        pieces.push_back({.from = rate, .to = stage.rate, .length = stage.length});
        rate = stage.rate;
        break;
      case Stage::Kind::burst:
        pieces.push_back({.from = rate, .to = rate, .burst = static_cast<double>(stage.calls)});
        break;
      case Stage::Kind::sine:
        pieces.push_back(
            {.from = stage.rate, .to = stage.peak, .length = stage.length, .period = stage.period});
        rate = rate_after(stage);
        break;
    }
  }
  return RateProfile{rate, pieces};
}

ServiceModel::Work work_of(BackendSettings::Work work) {
  switch (work) {
    case BackendSettings::Work::sleep:
      return ServiceModel::Work::sleep;
    case BackendSettings::Work::burn:
      return ServiceModel::Work::burn;
  }
  return ServiceModel::Work::sleep;
}

/// The same for the synthetic backend and the server of a managed one.
ServiceModel make_service_model(const Scenario& scenario) {
  const BackendSettings& backend = scenario.backend;
  return {.service_time = backend.service_time,
          .error_rate = backend.error_rate,
          .hang_rate = backend.hang_rate,
          .concurrency = backend.concurrency,
          .queue = backend.queue,
          .seed = scenario.run.seed,
          .work = work_of(backend.work),
          .rate_limit = backend.rate_limit};
}

}  // namespace

RunWindow make_window(const Scenario& scenario, const ArrivalPlan& arrivals, Instant start) {
  // What is taken was there before; there is nothing to warm up with.
  const Duration warm_up =
      scenario.path.kind == PathKind::take ? Duration{0} : scenario.run.warm_up;
  const Instant measure_from = start + warm_up;
  RunWindow window{start, measure_from, measure_from + scenario.run.measure};
  if (scenario.run.calls.has_value() && scenario.traffic.model == TrafficModel::open &&
      scenario.path.kind != PathKind::take) {
    window.measure_to =
        start + due_after_calls(arrivals, scenario.run.warm_up, *scenario.run.calls) + Duration{1};
  }
  return window;
}

Result<ArrivalPlan> make_arrival_plan(const Scenario& scenario) {
  const TrafficSettings& traffic = scenario.traffic;
  switch (traffic.arrivals) {
    case Arrivals::constant:
      return ArrivalPlan{ArrivalProcess::constant, make_profile(traffic), scenario.run.seed};
    case Arrivals::poisson:
      return ArrivalPlan{ArrivalProcess::poisson, make_profile(traffic), scenario.run.seed};
    case Arrivals::replay: {
      Result<RecordedArrivals> recorded = read_replay_file(traffic.replay_file);
      if (!recorded) {
        return recorded.error();
      }
      return ArrivalPlan{std::move(*recorded)};
    }
  }
  return Error::usage("traffic.arrivals: unknown");
}

ClassDraw make_class_draw(const Scenario& scenario) {
  std::vector<double> weights;
  for (const TrafficClass& kind : scenario.traffic.effective_classes()) {
    weights.push_back(kind.weight);
  }
  return {scenario.run.seed, weights};
}

CallMaker make_call_maker(const Scenario& scenario, std::uint64_t run_id, std::uint16_t offerer) {
  std::vector<ClassTemplate> classes;
  for (const TrafficClass& kind : scenario.traffic.effective_classes()) {
    classes.push_back(
        {.payload = kind.payload, .deadline = kind.deadline, .priority = kind.priority});
  }
  return {run_id, scenario.run.seed, offerer, std::move(classes)};
}

std::uint64_t run_number(const std::string& id) noexcept {
  std::uint64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number, 16);
  return number;
}

std::unique_ptr<Clock> make_clock(const Scenario& scenario) {
  // Worker processes, front ends and watched backends stamp with the kernel's clock, from which an
  // interpolated one may be off by as much as a hand-over takes.
  if (scenario.workers.kind == WorkerSettings::Kind::process ||
      scenario.path.kind == PathKind::front) {
    return std::make_unique<MonotonicClock>();
  }
  return best_clock();
}

bool calls_a_backend(const Scenario& scenario) noexcept {
  return scenario.backend.kind != BackendSettings::Kind::none &&
         (scenario.path.kind == PathKind::direct || scenario.path.kind == PathKind::queued);
}

bool queue_is_remote(const Scenario& scenario) noexcept {
  return scenario.path.kind != PathKind::direct &&
         scenario.queue.use.find("://") != std::string::npos;
}

bool calls_over_http(const Scenario& scenario) noexcept {
  return calls_a_backend(scenario) && (scenario.backend.kind == BackendSettings::Kind::http ||
                                       scenario.backend.kind == BackendSettings::Kind::managed);
}

QueueSettings make_queue_settings(const Scenario& scenario) {
  QueueSettings settings = scenario.queue;
  if (scenario.workers.ack_timeout.has_value()) {
    settings.options.emplace_back("ack_timeout", to_scenario_text(*scenario.workers.ack_timeout));
  }
  return settings;
}

QueueContext make_queue_context(const Scenario& scenario, RecordTable& records) {
  std::uint32_t largest = 0;
  for (const TrafficClass& kind : scenario.traffic.effective_classes()) {
    largest = std::max(largest, kind.payload.largest());
  }
  return {.run_id = records.run_id(),
          .seed = scenario.run.seed,
          .intake = &records,
          .largest_payload = largest};
}

Duration longest_call(const Scenario& scenario) noexcept {
  constexpr Duration when_left_out = std::chrono::minutes{1};
  return scenario.backend.client.timeouts.whole.value_or(
      std::max(when_left_out, scenario.traffic.reply_timeout));
}

SyntheticSettings make_synthetic_settings(const Scenario& scenario, const RunWindow& window) {
  SyntheticSettings settings;
  settings.model = make_service_model(scenario);
  settings.client_timeout = longest_call(scenario);
  for (const Fault& fault : scenario.faults) {
    settings.freezes.push_back({window.measure_from + fault.at, fault.length});
  }
  return settings;
}

HttpBackendSettings make_http_settings(const Scenario& scenario, std::string url,
                                       bool has_account) {
  const BackendSettings& backend = scenario.backend;
  HttpBackendSettings settings;
  settings.url = std::move(url);
  settings.client = backend.client;
  settings.client.timeouts.whole = longest_call(scenario);
  settings.client.connections =
      std::max<std::size_t>(1, backend.client.connections / scenario.traffic.offerers);
  settings.client.open = backend.client.open / scenario.traffic.offerers;
  settings.client.open_rate = Rate::per_second(backend.client.open_rate.calls_per_second() /
                                               static_cast<double>(scenario.traffic.offerers));
  settings.request = scenario.traffic.request;
  for (const TrafficClass& kind : scenario.traffic.effective_classes()) {
    settings.class_names.push_back(kind.name);
  }
  settings.seed = scenario.run.seed;
  settings.has_account = has_account;
  return settings;
}

BackendServerSettings make_server_settings(const Scenario& scenario) {
  BackendServerSettings settings;
  settings.model = make_service_model(scenario);
  settings.serves = scenario.backend.model == BackendSettings::Model::event ? BackendModel::event
                                                                            : BackendModel::pool;
  settings.host = scenario.backend.listen.host;
  settings.port = scenario.backend.listen.port;
  settings.answer_bytes = scenario.backend.answer;
  settings.bandwidth = scenario.backend.bandwidth;
  return settings;
}

FrontSettings make_front_settings(const Scenario& scenario, std::string backend_url) {
  FrontSettings settings;
  settings.queue = make_queue_settings(scenario);
  settings.workers = scenario.workers.kind == WorkerSettings::Kind::thread
                         ? FrontSettings::Workers::thread
                         : FrontSettings::Workers::async;
  settings.worker_count = scenario.workers.count;
  settings.backend_url = std::move(backend_url);
  settings.backend_timeout =
      scenario.backend.client.timeouts.whole.value_or(settings.backend_timeout);
  // What differs from call to call it is not told; those deadlines only make results late.
  const std::optional<Distribution>& deadline = scenario.traffic.deadline;
  if (deadline && deadline->is_constant()) {
    settings.deadline = deadline->mean();
  }
  return settings;
}

RetryRules make_retry_rules(const Scenario& scenario) {
  const RetrySettings& retry = scenario.workers.retry;
  RetryRules rules{.attempts = retry.attempts,
                   .delay = retry.delay,
                   .jitter = retry.jitter,
                   .budget = retry.budget};
  switch (retry.kind) {
    case RetrySettings::Kind::none:
      rules.kind = RetryRules::Kind::none;
      break;
    case RetrySettings::Kind::fixed:
      rules.kind = RetryRules::Kind::fixed;
      break;
    case RetrySettings::Kind::exponential:
      rules.kind = RetryRules::Kind::exponential;
      break;
  }
  return rules;
}

TakingRules make_taking_rules(const Scenario& scenario, const QueueTraits& traits) {
  TakingRules rules{.batch = scenario.queue.batch,
                    .prefetch = std::max<std::size_t>(1, scenario.queue.prefetch),
                    .poll = scenario.workers.poll};
  if (traits.delivery == QueueDelivery::acked) {
    // Acknowledged in batches where the queue's guarantee says so, else each call by itself.
    const bool together = traits.consumer_guarantee == ConsumerGuarantee::c2_batched_ack;
    rules.acknowledge = together ? std::min(rules.batch, rules.prefetch) : 1;
    rules.acknowledge_first = scenario.path.kind == PathKind::take;
  }
  return rules;
}

std::size_t callers_of(const Scenario& scenario) {
  const TrafficSettings& traffic = scenario.traffic;
  const std::size_t callers =
      traffic.model == TrafficModel::closed ? traffic.callers : traffic.caller_limit;
  return std::max<std::size_t>(1, (callers + traffic.offerers - 1) / traffic.offerers);
}

std::size_t pool_capacity(const Scenario& scenario, std::optional<std::size_t> queue_bound) {
  const std::size_t callers = callers_of(scenario);
  if (scenario.path.kind == PathKind::direct) {
    return callers;
  }
  if (scenario.path.kind == PathKind::front) {
    // A caller who gave up leaves his call behind.
    return std::max(callers, scenario.traffic.caller_limit / scenario.traffic.offerers);
  }
  constexpr std::size_t waiting_to_be_settled = 4096;
  const bool holds = scenario.queue.when_full == WhenFull::block;
  if (scenario.path.kind == PathKind::offer) {
    return scenario.queue.window + waiting_to_be_settled + (holds ? callers : 0);
  }
  // Any one offerer may fill the whole queue, so each gets room for all of it.
  const std::size_t out = queue_bound.value_or(default_queue_bound) + scenario.workers.count;
  switch (scenario.traffic.model) {
    case TrafficModel::closed:
    case TrafficModel::half_open:
      return callers + std::min(out, std::max<std::size_t>(1024, callers / 8));
    case TrafficModel::open:
    case TrafficModel::saturate:
      break;
  }
  return out + std::max(out, waiting_to_be_settled) + (holds ? callers : 0);
}

}  // namespace queuemeter
