// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/default_scenario.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Scenario default_scenario(PathKind path, Rate rate, Duration measure) {
  constexpr Duration patience = seconds{2};  // one deadline for both columns
  Scenario scenario;
  scenario.run.warm_up = milliseconds{500};
  scenario.run.measure = measure;
  scenario.run.drain = seconds{3};
  scenario.run.seed = 14;  // a plan with close to 600 × 10 calls, so that nobody has to wonder
  scenario.traffic.arrivals = Arrivals::poisson;
  scenario.traffic.rate = rate;
  scenario.traffic.reply_timeout = patience;
  scenario.traffic.deadline = Distribution::constant(patience);
  scenario.path.kind = path;
  scenario.queue.bound = 600;
  scenario.workers.count = 8;
  scenario.backend.kind = BackendSettings::Kind::managed;
  scenario.backend.service_time = Distribution::constant(milliseconds{20});
  scenario.backend.concurrency = 8;
  scenario.backend.queue = 1024;
  return scenario;
}

}  // namespace

std::vector<LabelledScenario> default_comparison() {
  struct Load {
    Rate rate;
    Duration measure;
  };
  constexpr Load above{Rate::per_second(600), seconds{10}};
  constexpr Load below{Rate::per_second(300), seconds{4}};
  std::vector<LabelledScenario> scenarios;
  for (const Load& load : {above, below}) {
    for (const PathKind path : {PathKind::direct, PathKind::queued}) {
      scenarios.push_back({fmt::format("{} {}", to_string(path), format_rate(load.rate)),
                           default_scenario(path, load.rate, load.measure)});
    }
  }
  return scenarios;
}

}  // namespace queuemeter
