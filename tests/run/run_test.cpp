// SPDX-License-Identifier: Apache-2.0
// Whole runs on real threads and a real clock, short enough for every build. What they measured is
// not judged here: sanitizers and busy machines are no measuring machines.
#include "harness/measure/histogram_log.hpp"
#include "harness/record/result_json.hpp"
#include "harness/record/tick_json.hpp"
#include "harness/scenario/read_scenario.hpp"
#include "tests/run/short_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string_view>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::optional<SpanSummary>& span_of(const RunDocument& run, Span span) {
  return run.latency[static_cast<std::size_t>(span)];
}

const Check& check_of(const RunDocument& run, std::string_view id) {
  const auto found = std::ranges::find(run.validity.checks, id, &Check::id);
  EXPECT_NE(found, run.validity.checks.end());
  return *found;
}

class Run : public testing::TestWithParam<PathKind> {
 protected:
  RunsFolder folder_;
};

TEST_P(Run, CountsEveryCallOnceAndSaysSoInItsFolder) {
  const RunDocument run =
      run_scenario(short_scenario(GetParam()), "a label", folder_.of("1"), plain_environment())
          .value();

  EXPECT_TRUE(run.balanced);
  EXPECT_TRUE(run.complete);
  EXPECT_NEAR(static_cast<double>(run.ledger.planned), 500.0, 120.0);
  EXPECT_EQ(run.ledger.of(Outcome::completed), run.ledger.planned);
  EXPECT_EQ(run.ledger.offered, run.ledger.planned);
  const RunDocument read = read_run_document(folder_.of("1")).value();
  EXPECT_EQ(read.ledger, run.ledger);
  EXPECT_EQ(read.label, "a label");
  EXPECT_EQ(read.id, run.id);
}

TEST_P(Run, ItsSpansAddUpToItsCompletion) {
  const RunDocument run =
      run_scenario(short_scenario(GetParam()), "", folder_.of("1"), plain_environment()).value();

  Duration sum{0};
  for (const Span span :
       {Span::lateness, Span::queueing, Span::handoff, Span::service, Span::returning}) {
    if (const auto& summary = span_of(run, span); summary.has_value()) {
      EXPECT_EQ(summary->count, static_cast<std::uint64_t>(run.ledger.planned)) << to_string(span);
      sum += summary->mean;
    }
  }
  const auto& completion = span_of(run, Span::completion);
  ASSERT_TRUE(completion.has_value());
  EXPECT_NEAR(to_seconds(sum), to_seconds(completion->mean), 2e-3 * to_seconds(completion->mean));
  EXPECT_EQ(run.clock.negative_spans, 0U);
  const bool queued = GetParam() == PathKind::queued;
  EXPECT_EQ(span_of(run, Span::queueing).has_value(), queued) << "null, never 0";
  EXPECT_EQ(span_of(run, Span::admission).has_value(), queued);
}

TEST_P(Run, ItsTicksAddUpToItsResultAndNeverShowMoreSettledThanPlanned) {
  const RunDocument run =
      run_scenario(short_scenario(GetParam()), "", folder_.of("1"), plain_environment()).value();

  const TickReading reading = read_ticks(folder_.of("1") + "/ticks.jsonl").value();
  LedgerCounts sum;
  for (const Tick& tick : reading.ticks) {
    sum += tick.counts[static_cast<std::size_t>(Phase::measure)];
    ASSERT_GE(sum.in_flight(), 0) << "tick " << tick.number;
  }
  EXPECT_FALSE(reading.cut);
  EXPECT_GT(reading.ticks.size(), 20U);
  EXPECT_EQ(sum.outcomes, run.ledger.outcomes);
  EXPECT_EQ(sum.planned, run.ledger.planned);
  EXPECT_EQ(sum.in_flight(), 0);
}

TEST_P(Run, KeepsAHistogramLogAndTheEffectiveScenario) {
  Scenario scenario = short_scenario(GetParam());
  scenario.run.measure = 1500ms;
  const RunDocument run = run_scenario(scenario, "", folder_.of("1"), plain_environment()).value();

  const auto log = read_histogram_log(folder_.of("1") + "/latency.hlog").value();
  const ScenarioReading effective = read_scenario_file(folder_.of("1") + "/scenario.toml");

  std::uint64_t completed = 0;
  for (const HistogramLogEntry& entry : log) {
    completed += entry.tag.empty() ? entry.histogram.count() : 0;
  }
  EXPECT_EQ(completed, static_cast<std::uint64_t>(run.ledger.of(Outcome::completed)))
      << "untagged lines are the completion of the measured phase, all of it";
  ASSERT_TRUE(effective.ok());
  EXPECT_EQ(scenario_hash(effective.scenarios.at(0)), scenario_hash(scenario));
}

TEST_P(Run, AnInterruptedRunIsWrittenAndMarked) {
  Scenario scenario = short_scenario(GetParam());
  scenario.run.measure = 60s;
  std::atomic<bool> interrupted{false};
  class StopAfterSomeTicks final : public ProgressSink {
   public:
    explicit StopAfterSomeTicks(std::atomic<bool>& flag) : flag_{flag} {}
    void ticked(const Tick& tick, const Scenario& /*scenario*/) override {
      flag_ = tick.number > 15;
    }

   private:
    std::atomic<bool>& flag_;
  } progress{interrupted};
  RunEnvironment environment = plain_environment();
  environment.progress = &progress;
  environment.interrupted = &interrupted;

  const RunDocument run = run_scenario(scenario, "", folder_.of("1"), environment).value();

  EXPECT_TRUE(run.interrupted);
  EXPECT_FALSE(run.complete);
  EXPECT_TRUE(run.balanced);
  EXPECT_EQ(run.exit_code, 130);
  EXPECT_LT(run.measure_seconds, 30.0);
  EXPECT_EQ(run.ledger.of(Outcome::unsent), 0) << "what was not due before the stop is not planned";
  const Check& little = check_of(run, "little");
  EXPECT_NE(little.verdict, Check::Verdict::fail) << little.note;
  EXPECT_FALSE(read_run_document(folder_.of("1")).value().complete);
}

TEST_P(Run, ManyOfferersShareThePlan) {
  Scenario scenario = short_scenario(GetParam());
  scenario.traffic.offerers = 4;

  const RunDocument run = run_scenario(scenario, "", folder_.of("1"), plain_environment()).value();
  scenario.traffic.offerers = 1;
  const RunDocument alone =
      run_scenario(scenario, "", folder_.of("2"), plain_environment()).value();

  EXPECT_TRUE(run.balanced);
  EXPECT_EQ(run.ledger.planned, alone.ledger.planned) << "the same calls, whoever offers them";
}

INSTANTIATE_TEST_SUITE_P(Paths, Run, testing::Values(PathKind::direct, PathKind::queued),
                         [](const testing::TestParamInfo<PathKind>& path) {
                           return path.param == PathKind::direct ? "Direct" : "Queued";
                         });

TEST(RunOnAFullQueue, RejectsAndBalances) {
  const RunsFolder folder;
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.workers.count = 1;
  scenario.backend.service_time = Distribution::constant(10ms);
  scenario.queue.bound = 5;

  const RunDocument run = run_scenario(scenario, "", folder.of("1"), plain_environment()).value();

  EXPECT_GT(run.ledger.of(Reason::full), 300);
  EXPECT_TRUE(run.balanced);
  EXPECT_TRUE(run.saturated);
}

TEST(RunWithoutReply, ObservesNoReturn) {
  const RunsFolder folder;
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.path.reply = ReplyKind::none;

  const RunDocument run = run_scenario(scenario, "", folder.of("1"), plain_environment()).value();

  EXPECT_EQ(run.ledger.of(Outcome::completed), run.ledger.planned);
  EXPECT_FALSE(span_of(run, Span::returning).has_value());
}

TEST(RunOnTheNullQueue, Balances) {
  const RunsFolder folder;
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.queue.use = "null";
  scenario.traffic.rate = Rate::per_second(20'000);
  scenario.backend.service_time = Distribution::constant(0ms);

  const RunDocument run = run_scenario(scenario, "", folder.of("1"), plain_environment()).value();

  EXPECT_TRUE(run.balanced);
  EXPECT_EQ(run.ledger.of(Outcome::lost), 0);
  EXPECT_EQ(run.ledger.duplicated, 0);
}

TEST(RunThatCannotStart, SaysWhyAndLeavesNothing) {
  const RunsFolder folder;
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.queue.use = "no_such_queue";
  const auto no_queue = run_scenario(scenario, "", folder.of("1"), plain_environment());

  scenario = short_scenario(PathKind::queued);
  const auto no_folder = run_scenario(scenario, "", folder.of("a/b/c"), plain_environment());

  ASSERT_TRUE(run_scenario(scenario, "", folder.of("2"), plain_environment()));
  const auto taken = run_scenario(scenario, "", folder.of("2"), plain_environment());

  EXPECT_EQ(no_queue.error().kind, Error::Kind::usage);
  EXPECT_FALSE(std::filesystem::exists(folder.of("1")));
  EXPECT_EQ(no_folder.error().kind, Error::Kind::usage);
  EXPECT_EQ(taken.error().kind, Error::Kind::usage);
}

}  // namespace
}  // namespace queuemeter
