// SPDX-License-Identifier: Apache-2.0
// A measured run against theory: one worker that really sleeps 2 ms per call. The waiting that
// Pollaczek and Khinchine predict, from the arrival rate and service times that really were, must
// lie inside the measured interval.
#include "harness/measure/histogram_log.hpp"
#include "harness/simulation/closed_form.hpp"
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <ostream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// 99.9 % two-sided quantile of Student's t with 19 degrees of freedom.
constexpr double student_t = 3.883;
constexpr std::size_t batches = 20;

struct Attempt {
  double measured_wait_s = 0.0;
  double half_width_s = 0.0;
  double predicted_wait_s = 0.0;
  [[nodiscard]] bool agrees() const {
    return std::abs(measured_wait_s - predicted_wait_s) <= half_width_s;
  }
};
std::ostream& operator<<(std::ostream& out, const Attempt& attempt) {
  return out << "measured " << attempt.measured_wait_s * 1e3 << " ms ± "
             << attempt.half_width_s * 1e3 << " ms, predicted " << attempt.predicted_wait_s * 1e3
             << " ms";
}

/// Means of the waiting time over 20 equal stretches of the run, from its one-second log lines.
Attempt evaluate(const RunDocument& run, const std::string& folder) {
  const auto log = read_histogram_log(folder + "/latency.hlog").value();
  std::vector<Histogram> waits(batches);
  Histogram service;
  double lines = 0.0;
  for (const HistogramLogEntry& entry : log) {
    lines += entry.tag == to_string(Span::queueing) ? 1.0 : 0.0;
  }
  double line = 0.0;
  for (const HistogramLogEntry& entry : log) {
    if (entry.tag == to_string(Span::queueing)) {
      waits[static_cast<std::size_t>(line++ * batches / lines)].add(entry.histogram);
    } else if (entry.tag == to_string(Span::service)) {
      service.add(entry.histogram);
    }
  }
  double mean = 0.0;
  for (const Histogram& batch : waits) {
    mean += to_seconds(batch.mean()) / batches;
  }
  double variance = 0.0;
  for (const Histogram& batch : waits) {
    variance += std::pow(to_seconds(batch.mean()) - mean, 2) / (batches - 1);
  }
  const double service_mean = to_seconds(service.mean());
  const double service_square =
      service_mean * service_mean + std::pow(to_seconds(service.standard_deviation()), 2);
  Attempt attempt;
  attempt.measured_wait_s = mean;
  attempt.half_width_s = student_t * std::sqrt(variance / batches);
  attempt.predicted_wait_s =
      closed_form::pollaczek_khinchine_wait(run.planned_per_s, service_mean, service_square);
  return attempt;
}

class QueueingTheory : public testing::TestWithParam<double> {};

TEST_P(QueueingTheory, WaitingIsWhatPollaczekAndKhinchinePredict) {
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.run.warm_up = 1s;
  scenario.run.tick = 100ms;
  scenario.workers.count = 1;
  scenario.backend.service_time = Distribution::constant(2ms);
  scenario.traffic.rate = Rate::per_second(GetParam() / 0.002);
  scenario.run.measure = std::chrono::seconds{static_cast<int>(5200.0 * 0.002 / GetParam()) + 1};

  std::vector<Attempt> attempts;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RunsFolder folder;
    scenario.run.seed = seed;
    const RunDocument run = run_scenario(scenario, "", folder.of("1"), plain_environment()).value();
    ASSERT_GE(run.ledger.of(Outcome::completed), 5000);
    attempts.push_back(evaluate(run, folder.of("1")));
    std::cout << attempts.back() << "\n";
    if (attempts.back().agrees()) {
      return;
    }
  }
  FAIL() << "three runs disagree with theory; the last: " << attempts.back();
}

INSTANTIATE_TEST_SUITE_P(Loads, QueueingTheory, testing::Values(0.5, 0.7),
                         [](const testing::TestParamInfo<double>& load) {
                           return "Rho" + std::to_string(static_cast<int>(load.param * 100));
                         });

}  // namespace
}  // namespace queuemeter
