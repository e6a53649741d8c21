// SPDX-License-Identifier: Apache-2.0
#include "harness/run/process_workers.hpp"

#include "harness/path/process_crew.hpp"
#include "harness/run/assembly.hpp"

#include <memory>
#include <utility>

namespace queuemeter {

ProcessOrders make_process_orders(const Scenario& scenario, const RunWindow& window,
                                  const QueueContext& context, const Queue& calls,
                                  const Queue* replies, const std::string& backend_url) {
  const WorkerSettings& workers = scenario.workers;
  ProcessOrders orders;
  orders.run_id = context.run_id;
  orders.seed = context.seed;
  orders.largest_payload = context.largest_payload;
  orders.queue = to_attach(make_queue_settings(scenario), calls);
  if (replies != nullptr) {
    orders.replies = to_attach(make_queue_settings(scenario), *replies);
  }
  switch (calls_a_backend(scenario) ? scenario.backend.kind : BackendSettings::Kind::none) {
    case BackendSettings::Kind::synthetic:
      orders.backend = make_synthetic_settings(scenario, window);
      break;
    case BackendSettings::Kind::http:
      orders.backend = make_http_settings(scenario, scenario.backend.url, false);
      break;
    case BackendSettings::Kind::managed:
      orders.backend = make_http_settings(scenario, backend_url, true);
      break;
    case BackendSettings::Kind::none:
      break;
  }
  orders.retry = make_retry_rules(scenario);
  orders.poll = workers.poll;
  orders.boot = workers.boot;
  orders.share = workers.recycle.calls;
  orders.share_jitter = workers.recycle.jitter;
  orders.crash_rate = workers.crash_rate;
  orders.acknowledges = calls.traits().delivery == QueueDelivery::acked;
  return orders;
}

MakeProcessCrew process_crew_maker(std::string program, ProcessOrders orders,
                                   RecordTable& records) {
  return [program = std::move(program), orders = std::move(orders), &records](
             const Scenario& scenario, const WorkerContext& context) {
    ProcessCrew::Settings settings;
    settings.command = {program, "worker"};
    settings.count = scenario.workers.count;
    settings.orders = orders;
    return std::make_unique<ProcessCrew>(ProcessCrew::Parts{.clock = context.clock,
                                                            .intake = records,
                                                            .returns = context.returns,
                                                            .front = context.front,
                                                            .producers = context.producers,
                                                            .priorities = context.priorities},
                                         std::move(settings));
  };
}

}  // namespace queuemeter
