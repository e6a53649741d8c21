// SPDX-License-Identifier: Apache-2.0
#include "harness/report/comparison_table.hpp"

#include "harness/judge/judge.hpp"
#include "tests/record/sample_runs.hpp"
#include "tests/report/golden_text.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

const ComparisonPlace saved{"queuemeter-runs/42", "queuemeter-runs/42/2/scenario.toml"};

RunDocument judged(RunDocument run) {
  judge(run);
  return run;
}

/// The four runs of a bare `queuemeter run`.
struct Four {
  RunDocument direct_high = judged(sample_runs::direct_overloaded());
  RunDocument queued_high = judged(sample_runs::queued_overloaded());
  RunDocument direct_low = judged(sample_runs::direct_at_ease());
  RunDocument queued_low = judged(sample_runs::queued_at_ease());

  [[nodiscard]] std::string table() const {
    const PathPair low{direct_low, queued_low};
    return comparison_table({direct_high, queued_high}, &low, saved);
  }
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Moves calls of the queued run from done to rejected, or back when negative.
void reject(RunDocument& run, std::int64_t calls) {
  run.ledger.outcomes[static_cast<std::size_t>(Outcome::completed)] -= calls;
  run.ledger.outcomes[static_cast<std::size_t>(Outcome::rejected)] += calls;
  run.ledger.reasons[static_cast<std::size_t>(Reason::full)] += calls;
  run.latency[static_cast<std::size_t>(Span::completion)].value().count -=
      static_cast<std::uint64_t>(calls);
  run.completed_per_s -= static_cast<double>(calls) / run.measure_seconds;
}

TEST(ComparisonTable, AQueueThatHelpsLooksLikeThis) {
  expect_golden("queue_helps.txt", Four{}.table());
}

TEST(ComparisonTable, APairBelowTheLimitLooksLikeThis) {
  const Four runs;
  expect_golden("no_difference.txt",
                comparison_table({runs.direct_low, runs.queued_low}, nullptr, saved));
}

TEST(ComparisonTable, ARunThatCannotBeTrustedIsSaidFirst) {
  Four runs;
  runs.queued_high.latency[static_cast<std::size_t>(Span::lateness)].value().p99 =
      std::chrono::milliseconds{900};
  runs.direct_low.seconds.resize(3);
  runs.direct_low.clock.over_range = 1;
  runs.queued_high = judged(runs.queued_high);
  runs.direct_low = judged(runs.direct_low);

  expect_golden("one_invalid.txt", runs.table());
  EXPECT_TRUE(runs.table().starts_with("NOT TO BE TRUSTED (queued at 600/s: INVALID (lateness))."));
}

TEST(ComparisonTable, AQueueThatDoesNotHelpIsToldSo) {
  Four runs;
  reject(runs.queued_high, 3'000);
  runs.queued_high = judged(runs.queued_high);

  EXPECT_TRUE(runs.table().starts_with(
      "QUEUE DOES NOT HELP: at 600/s calls done in time 38 % -> 26 %. And a result then takes"))
      << first_line(runs.table());
}

TEST(ComparisonTable, TheVerdictFollowsTheNumbersAndNotTheLayout) {
  Four runs;
  reject(runs.queued_high, 4'577 - 2'300);
  runs.queued_high = judged(runs.queued_high);

  EXPECT_TRUE(runs.table().starts_with("NO DIFFERENCE: at 600/s")) << first_line(runs.table());
}

TEST(ComparisonTable, ASmallDifferenceIsNone) {
  Four runs;
  reject(runs.queued_low, 50);  // 1.7 of 100 calls

  const std::string table = comparison_table({runs.direct_low, runs.queued_low}, nullptr, saved);

  EXPECT_TRUE(table.starts_with("NO DIFFERENCE")) << first_line(table);
}

TEST(ComparisonTable, ColumnsWithDifferentTrafficAreNotCompared) {
  Four runs;
  EXPECT_EQ(runs.table().find("NOT THE SAME TRAFFIC"), std::string::npos);

  runs.queued_high.scenario.traffic.deadline = Distribution::constant(std::chrono::seconds{9});
  EXPECT_NE(runs.table().find("NOT THE SAME TRAFFIC"), std::string::npos);
}

TEST(ComparisonTable, WithoutADeadlineNothingIsDoneInTime) {
  Four runs;
  for (RunDocument* run :
       {&runs.direct_high, &runs.queued_high, &runs.direct_low, &runs.queued_low}) {
    run->scenario.traffic.deadline.reset();
  }

  EXPECT_EQ(runs.table().find("in time"), std::string::npos) << runs.table();
}

TEST(ComparisonTable, ADevelopmentBuildIsLabelledOnce) {
  Four runs;
  for (RunDocument* run :
       {&runs.direct_high, &runs.queued_high, &runs.direct_low, &runs.queued_low}) {
    run->build.preset = "dev";
  }
  const std::string table = runs.table();

  const std::size_t first = table.find("NOTE build \"dev\"");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(table.find("NOTE build", first + 1), std::string::npos);
  EXPECT_NE(table.find("4/4 VALID"), std::string::npos);
}

TEST(ComparisonTable, NoLineIsLongerThanAPageHoweverLargeTheNumbers) {
  Four runs;
  for (RunDocument* run : {&runs.direct_high, &runs.queued_high}) {
    run->ledger.planned *= 1'000'000;
    for (std::int64_t& calls : run->ledger.outcomes) {
      calls *= 1'000'000;
    }
    for (std::int64_t& calls : run->ledger.reasons) {
      calls *= 1'000'000;
    }
    run->queue_name += std::string(run->queue_name.empty() ? 0 : 120, 'x');
    if (run->backlog) {
      run->backlog->peak = 1'234'567'890'123;
      run->backlog->drain.reset();
    }
  }
  expect_page(runs.table());
  const PathPair low{runs.direct_low, runs.queued_low};
  expect_page(comparison_table({runs.direct_high, runs.queued_high}, &low,
                               {std::string(150, 'd'), std::string(150, 's')}));
}

}  // namespace
}  // namespace queuemeter
