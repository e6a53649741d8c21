// SPDX-License-Identifier: Apache-2.0
// A backend that stops for one second of ten must show in the percentiles: whoever measures from
// when a call was really sent, or taken, does not see it.
#include "harness/simulation/simulation.hpp"
#include "queue_impls/catalogue.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

Duration p95_with_a_freeze(PathKind path, double rho) {
  Scenario scenario;
  scenario.run.warm_up = 1s;
  scenario.run.measure = 10s;
  scenario.path.kind = path;
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(rho * 1000.0);
  scenario.backend.service_time = Distribution::constant(1ms);
  scenario.backend.concurrency = 1;
  scenario.backend.queue = 100'000;
  scenario.workers.count = 1;
  scenario.faults = {{.at = 4s, .length = 1s}};
  const auto result = std::move(simulate(scenario, queues::open_queue).value());
  EXPECT_EQ(result.counts[1].of(Outcome::completed), result.counts[1].planned);
  return result.spans[static_cast<std::size_t>(Span::completion)].value_at(0.95);
}

/// Arrivals during the freeze and until the backlog is gone wait, the first for 1 s and the last
/// not at all: 1 / (1 − ρ) s of arrivals, so p95 of 10 s is (1 + ρ) / 2 s.
TEST(Freeze, ShowsInTheNinetyFifthPercentileOnBothPaths) {
  for (const PathKind path : {PathKind::direct, PathKind::queued}) {
    for (const double rho : {0.1, 0.5}) {
      EXPECT_NEAR(to_seconds(p95_with_a_freeze(path, rho)), (1.0 + rho) / 2.0,
                  0.02 * (1.0 + rho) / 2.0)
          << to_string(path) << " rho " << rho;
    }
  }
}

}  // namespace
}  // namespace queuemeter
