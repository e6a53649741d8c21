// SPDX-License-Identifier: Apache-2.0
// The harness against queueing theory, on a virtual clock: the same offerers, queue, workers and
// settler as in a measurement must give what closed forms say.
#include "harness/simulation/closed_form.hpp"
#include "harness/simulation/simulation.hpp"
#include "queue_impls/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double calls_wanted = 1e5;
constexpr double tolerance_factor = 10.0;
#else
constexpr double calls_wanted = 1e7;
constexpr double tolerance_factor = 1.0;
#endif

constexpr double service_rate = 1000.0;

Scenario queue_with(Distribution service, std::size_t servers, double load) {
  const double rate = load * service_rate * static_cast<double>(servers);
  Scenario scenario;
  scenario.run.warm_up = 10s;
  scenario.run.measure = from_seconds(calls_wanted / rate);
  scenario.run.tick = 10s;
  scenario.traffic.rate = Rate::per_second(rate);
  scenario.workers.count = servers;
  scenario.backend.service_time = service;
  scenario.backend.concurrency = servers;
  return scenario;
}

SimulationResult simulated(const Scenario& scenario) {
  return std::move(simulate(scenario, queues::open_queue).value());
}

double seconds(Duration span) { return to_seconds(span); }

void expect_near(double measured, double theory, double tolerance, const std::string& what) {
  EXPECT_NEAR(measured / theory, 1.0, tolerance * tolerance_factor) << what;
}

struct Load {
  double rho;
};
void PrintTo(const Load& load, std::ostream* out) { *out << "rho " << load.rho; }

class Theory : public testing::TestWithParam<Load> {};

TEST_P(Theory, Mm1) {
  const double rho = GetParam().rho;
  const double arrival = rho * service_rate;

  const auto result = simulated(queue_with(Distribution::exponential(1ms), 1, rho));

  const Histogram& time = result.spans[static_cast<std::size_t>(Span::completion)];
  expect_near(seconds(time.mean()), closed_form::mm1_mean_time(arrival, service_rate), 0.02,
              "mean");
  for (const auto& [quantile, tolerance] : {std::pair{0.5, 0.02}, {0.9, 0.02}, {0.99, 0.06}}) {
    expect_near(seconds(time.value_at(quantile)),
                closed_form::mm1_quantile(arrival, service_rate, quantile), tolerance,
                std::to_string(quantile));
  }
  EXPECT_TRUE(result.balanced_throughout);
}

TEST_P(Theory, MmcWithFourWorkers) {
  const double rho = GetParam().rho;
  const double arrival = rho * service_rate * 4.0;

  const auto result = simulated(queue_with(Distribution::exponential(1ms), 4, rho));

  const Histogram& time = result.spans[static_cast<std::size_t>(Span::completion)];
  expect_near(seconds(time.mean()), closed_form::mmc_mean_time(arrival, service_rate, 4), 0.02,
              "mean");
  for (const auto& [quantile, tolerance] : {std::pair{0.5, 0.02}, {0.9, 0.02}, {0.99, 0.06}}) {
    expect_near(seconds(time.value_at(quantile)),
                closed_form::mmc_quantile(arrival, service_rate, 4, quantile), tolerance,
                std::to_string(quantile));
  }
}

TEST_P(Theory, Md1) {
  const double rho = GetParam().rho;
  const double arrival = rho * service_rate;

  const auto result = simulated(queue_with(Distribution::constant(1ms), 1, rho));

  const Histogram& time = result.spans[static_cast<std::size_t>(Span::completion)];
  expect_near(seconds(time.mean()), closed_form::md1_mean_time(arrival, service_rate), 0.02,
              "mean");
  for (const auto& [quantile, tolerance] : {std::pair{0.5, 0.02}, {0.9, 0.02}, {0.99, 0.06}}) {
    expect_near(seconds(time.value_at(quantile)),
                closed_form::md1_quantile(arrival, service_rate, quantile), tolerance,
                std::to_string(quantile));
  }
}

/// M/M/1 on the direct path, too: there the backend's own gate is the queue.
TEST_P(Theory, Mm1OnTheDirectPath) {
  const double rho = GetParam().rho;
  Scenario scenario = queue_with(Distribution::exponential(1ms), 1, rho);
  scenario.path.kind = PathKind::direct;
  scenario.run.measure = std::min(scenario.run.measure, from_seconds(1e6 / (rho * service_rate)));

  const auto result = simulated(scenario);

  const Histogram& time = result.spans[static_cast<std::size_t>(Span::completion)];
  expect_near(seconds(time.mean()), closed_form::mm1_mean_time(rho * service_rate, service_rate),
              0.05, "mean");
}

INSTANTIATE_TEST_SUITE_P(Loads, Theory, testing::Values(Load{0.5}, Load{0.8}, Load{0.9}),
                         [](const testing::TestParamInfo<Load>& load) {
                           return "Rho" + std::to_string(static_cast<int>(load.param.rho * 100));
                         });

TEST(TheoryOfLoss, Mm1kWithRoomForFive) {
  for (const double rho : {0.8, 1.0, 1.5}) {
    Scenario scenario = queue_with(Distribution::exponential(1ms), 1, rho);
    scenario.queue.bound = 4;  // and one in service
    const auto result = simulated(scenario);

    const LedgerCounts& counts = result.counts[static_cast<std::size_t>(Phase::measure)];
    const double loss =
        static_cast<double>(counts.of(Outcome::rejected)) / static_cast<double>(counts.planned);
    expect_near(loss, closed_form::mm1k_loss(rho * service_rate, service_rate, 5), 0.02,
                "rho " + std::to_string(rho));
    EXPECT_EQ(counts.of(Reason::full), counts.of(Outcome::rejected));
    EXPECT_EQ(counts.in_flight(), 0);
  }
}

TEST(TheoryOfFlow, LittlesLawHoldsInVirtualTime) {
  Scenario scenario = queue_with(Distribution::exponential(1ms), 1, 0.8);
  scenario.run.measure = 200s;

  const auto result = simulated(scenario);

  const double rate = result.flow.completed_in_window() / 200.0;
  EXPECT_NEAR(result.flow.time_average() / (rate * result.flow.mean_time_s()), 1.0, 0.01);
}

/// L = λW for every station of a call: what it holds, seen from outside, is the rate times what the
/// calls' records say they spent there.
TEST(TheoryOfFlow, LittlesLawHoldsForQueueWorkersAndBackend) {
  for (const double load : {0.5, 0.8, 0.9}) {
    Scenario scenario = queue_with(Distribution::exponential(1ms), 4, load);
    scenario.run.measure = 30s;

    const auto result = simulated(scenario);

    const auto mean = [&result](Span span) {
      return seconds(result.spans[static_cast<std::size_t>(span)].mean());
    };
    const double rate = result.flow.completed_in_window() / 30.0;
    const double working = mean(Span::handoff) + mean(Span::service);
    EXPECT_NEAR(result.occupancy.queued / (rate * mean(Span::queueing)), 1.0, 0.01) << load;
    EXPECT_NEAR(result.occupancy.workers_busy / (rate * working), 1.0, 0.01) << load;
    EXPECT_NEAR(result.occupancy.backend_busy / (rate * mean(Span::service)), 1.0, 0.01) << load;
    EXPECT_NEAR(result.occupancy.workers_busy, 4.0 * load, 0.02 * 4.0 * load) << "and of theory";
  }
}

TEST(Simulation, TheSameSeedGivesTheSameResultOnOneTwoAndEightOfferers) {
  Scenario scenario = queue_with(Distribution::exponential(1ms), 2, 0.7);
  scenario.run.warm_up = 1s;
  scenario.run.measure = 20s;
  const auto one = simulated(scenario);

  for (const std::size_t offerers : {2U, 8U}) {
    scenario.traffic.offerers = offerers;
    const auto many = simulated(scenario);
    EXPECT_EQ(many.counts, one.counts);
    for (const Span span : all_spans) {
      const Histogram& left = one.spans[static_cast<std::size_t>(span)];
      const Histogram& right = many.spans[static_cast<std::size_t>(span)];
      for (std::size_t index = 0; index < Histogram::counter_count; ++index) {
        ASSERT_EQ(left.counter(index), right.counter(index)) << to_string(span);
      }
    }
  }
}

}  // namespace
}  // namespace queuemeter
