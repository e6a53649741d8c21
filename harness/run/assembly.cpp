// SPDX-License-Identifier: Apache-2.0
#include "harness/run/assembly.hpp"

#include <algorithm>
#include <vector>

namespace queuemeter {
namespace {

RateProfile make_profile(const TrafficSettings& traffic) {
  if (traffic.stages.empty()) {
    return RateProfile{traffic.rate};
  }
  std::vector<RateProfile::Piece> pieces;
  pieces.reserve(traffic.stages.size());
  Rate previous = traffic.rate;
  for (const Stage& stage : traffic.stages) {
    const Rate from = stage.kind == Stage::Kind::ramp ? previous : stage.rate;
    pieces.push_back({from, stage.rate, stage.length});
    previous = stage.rate;
  }
  return RateProfile{previous, pieces};
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

RunWindow make_window(const Scenario& scenario, Instant start) {
  const Instant measure_from = start + scenario.run.warm_up;
  return {start, measure_from, measure_from + scenario.run.measure};
}

ArrivalPlan make_arrival_plan(const Scenario& scenario) {
  const ArrivalProcess process = scenario.traffic.arrivals == Arrivals::poisson
                                     ? ArrivalProcess::poisson
                                     : ArrivalProcess::constant;
  return {process, make_profile(scenario.traffic), scenario.run.seed};
}

CallMaker make_call_maker(const Scenario& scenario, std::uint64_t run_id, std::uint16_t offerer) {
  std::vector<ClassTemplate> classes;
  for (const TrafficClass& kind : scenario.traffic.effective_classes()) {
    classes.push_back(
        {.payload = kind.payload, .deadline = kind.deadline, .priority = kind.priority});
  }
  return {run_id, scenario.run.seed, offerer, std::move(classes)};
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

SyntheticSettings make_synthetic_settings(const Scenario& scenario, const RunWindow& window) {
  const BackendSettings& backend = scenario.backend;
  SyntheticSettings settings;
  settings.model = make_service_model(scenario);
  settings.client_timeout = backend.whole_timeout.value_or(Duration::max());
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
  settings.connections = std::max<std::size_t>(1, backend.connections / scenario.traffic.offerers);
  settings.connect_timeout = backend.connect_timeout;
  settings.first_byte_timeout = backend.first_byte_timeout.value_or(Duration::max());
  settings.whole_timeout = backend.whole_timeout.value_or(Duration::max());
  settings.seed = scenario.run.seed;
  settings.has_account = has_account;
  return settings;
}

BackendServerSettings make_server_settings(const Scenario& scenario) {
  BackendServerSettings settings;
  settings.model = make_service_model(scenario);
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

std::size_t pool_capacity(const Scenario& scenario, std::optional<std::size_t> queue_bound) {
  const std::size_t offerers = scenario.traffic.offerers;
  if (scenario.path.kind == PathKind::direct) {
    return std::max<std::size_t>(1, scenario.traffic.caller_limit / offerers);
  }
  // Any one offerer may fill the whole queue, so each gets room for all of it.
  const std::size_t held = queue_bound.value_or(default_queue_bound) + scenario.workers.count;
  constexpr std::size_t waiting_to_be_settled = 4096;
  return held + std::max(held, waiting_to_be_settled);
}

}  // namespace queuemeter
