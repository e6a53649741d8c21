// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/findings.hpp"

#include "harness/judge/limiting_part.hpp"
#include "tests/record/sample_runs.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace queuemeter {
namespace {

RunDocument with_busy(RunDocument run) {
  run.busy = busy_parts(run);
  return run;
}

std::int64_t& outcome(RunDocument& run, Outcome which) {
  return run.ledger.outcomes[static_cast<std::size_t>(which)];
}
std::int64_t& reason(RunDocument& run, Reason which) {
  return run.ledger.reasons[static_cast<std::size_t>(which)];
}

/// A healthy run in which a tenth of the calls failed for `why`.
RunDocument tenth_failed(Reason why) {
  RunDocument run = with_busy(sample_runs::queued_at_ease());
  outcome(run, Outcome::completed) -= 300;
  outcome(run, Outcome::failed) += 300;
  reason(run, why) += 300;
  run.completed_per_s -= 30.0;
  return run;
}

bool has(const std::vector<Finding>& findings, const std::string& id) {
  return std::any_of(findings.begin(), findings.end(),
                     [&id](const Finding& finding) { return finding.id == id; });
}

TEST(Saturation, OverloadIsFoundOnBothPaths) {
  EXPECT_TRUE(is_saturated(with_busy(sample_runs::direct_overloaded())));
  EXPECT_TRUE(is_saturated(with_busy(sample_runs::queued_overloaded())));
}

TEST(Saturation, ARunThatKeepsUpIsNotSaturated) {
  EXPECT_FALSE(is_saturated(with_busy(sample_runs::direct_at_ease())));
  EXPECT_FALSE(is_saturated(with_busy(sample_runs::queued_at_ease())));
  EXPECT_FALSE(is_saturated(RunDocument{}));
}

TEST(Saturation, AGrowingBacklogThatFallsBehindIsSaturation) {
  RunDocument run = with_busy(sample_runs::queued_at_ease());
  run.completed_per_s = 280.0;
  run.backlog->peak = 210;
  run.backlog->growth_per_s = 20.0;
  run.backlog->growth_per_s_error = 1.0;
  EXPECT_TRUE(is_saturated(run));

  run.backlog->growth_per_s_error = 10.0;
  EXPECT_FALSE(is_saturated(run));
}

TEST(Saturation, ErrorsOfABackendThatHasRoomAreNoSaturation) {
  EXPECT_FALSE(is_saturated(tenth_failed(Reason::backend_error)));
  EXPECT_FALSE(is_saturated(tenth_failed(Reason::disconnected)));
  EXPECT_FALSE(is_saturated(tenth_failed(Reason::reply_timeout)));
}

TEST(Saturation, RefusalsOfABackendAreSaturation) {
  EXPECT_TRUE(is_saturated(tenth_failed(Reason::backend_refused)));
}

TEST(Saturation, TimeoutsOfABackendThatNobodyCanSeeAreSaturation) {
  RunDocument run = tenth_failed(Reason::reply_timeout);
  run.busy.clear();

  EXPECT_TRUE(is_saturated(run));
}

TEST(Backlog, GrowthCountsFromOnePercentAndThreeStandardErrors) {
  RunDocument run = sample_runs::queued_at_ease();
  run.backlog->growth_per_s = 3.1;
  run.backlog->growth_per_s_error = 1.0;
  EXPECT_TRUE(backlog_grew(run));

  run.backlog->growth_per_s = 2.9;
  EXPECT_FALSE(backlog_grew(run));
  run.backlog->growth_per_s = 3.1;
  run.backlog->growth_per_s_error = 1.1;
  EXPECT_FALSE(backlog_grew(run));
  EXPECT_FALSE(backlog_grew(sample_runs::direct_overloaded()));
}

TEST(Forecast, SaysInWordsWhereTheBacklogGoes) {
  RunDocument run = sample_runs::queued_at_ease();
  EXPECT_EQ(forecast_of(run), "empty");

  run.backlog->end = 350;
  run.backlog->growth_per_s = 200.0;
  run.backlog->growth_per_s_error = 2.0;
  EXPECT_EQ(forecast_of(run), "grows 200/s, will not drain at this rate of calls");

  run.backlog->growth_per_s = -10.0;
  EXPECT_EQ(forecast_of(run), "clears in 35 s");

  run.backlog->growth_per_s = 0.5;
  EXPECT_EQ(forecast_of(run), "steady at 350");

  EXPECT_EQ(forecast_of(sample_runs::queued_overloaded()),
            "full, will not drain at this rate of calls");
  EXPECT_EQ(forecast_of(sample_runs::direct_at_ease()), "");
}

TEST(Guarantee, AnInProcessQueueMayNotLoseDuplicateOrReorder) {
  const RunDocument kept = sample_runs::queued_at_ease();
  EXPECT_FALSE(breaks_guarantee(kept));

  RunDocument lost = kept;
  outcome(lost, Outcome::lost) = 1;
  EXPECT_TRUE(breaks_guarantee(lost));

  RunDocument duplicated = kept;
  duplicated.ledger.duplicated = 1;
  EXPECT_TRUE(breaks_guarantee(duplicated));

  RunDocument reordered = kept;
  reordered.ledger.reordered = 1;
  EXPECT_TRUE(breaks_guarantee(reordered));
}

TEST(Guarantee, WhatIsDeclaredIsAllowed) {
  RunDocument lost = sample_runs::queued_at_ease();
  outcome(lost, Outcome::lost) = 1;
  lost.producer_guarantee = "G0";
  EXPECT_FALSE(breaks_guarantee(lost));

  RunDocument duplicated = sample_runs::queued_at_ease();
  duplicated.ledger.duplicated = 1;
  duplicated.consumer_guarantee = "C1";
  EXPECT_FALSE(breaks_guarantee(duplicated));

  RunDocument reordered = sample_runs::queued_at_ease();
  reordered.ledger.reordered = 1;
  reordered.queue_traits = {{"order", "priority"}};
  EXPECT_FALSE(breaks_guarantee(reordered));

  RunDocument unfinished = sample_runs::queued_at_ease();
  outcome(unfinished, Outcome::unfinished) = 9;
  EXPECT_FALSE(breaks_guarantee(unfinished));
}

TEST(Guarantee, WithoutAQueueThereIsNone) {
  RunDocument run = sample_runs::direct_at_ease();
  run.ledger.duplicated = 1;

  EXPECT_FALSE(breaks_guarantee(run));
}

TEST(Findings, AHealthyRunHasNone) {
  EXPECT_TRUE(findings_of(with_busy(sample_runs::queued_at_ease())).empty());
}

TEST(Findings, NameSaturationAndWastedWork) {
  RunDocument run = with_busy(sample_runs::direct_overloaded());
  run.saturated = is_saturated(run);

  const std::vector<Finding> findings = findings_of(run);

  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].id, "saturated");
  EXPECT_EQ(findings[0].text, "saturated: 230/s of 600/s were done (38 %)");
  EXPECT_EQ(findings[1].id, "wasted_work");
  EXPECT_EQ(findings[1].text, "43 % of the backend's work was for callers already gone");
}

TEST(Findings, NameBacklogGrowthCallerLimitAndABrokenGuarantee) {
  RunDocument run = with_busy(sample_runs::queued_at_ease());
  run.backlog->end = 200;
  run.backlog->growth_per_s = 20.0;
  reason(run, Reason::caller_limit) = 1'234;
  run.ledger.duplicated = 2;
  run.guarantee_broken = true;

  const std::vector<Finding> findings = findings_of(run);

  EXPECT_TRUE(has(findings, "backlog_growth"));
  EXPECT_TRUE(has(findings, "caller_limit"));
  EXPECT_TRUE(has(findings, "guarantee_broken"));
  EXPECT_EQ(findings.front().id, "guarantee_broken");
}

TEST(Saturation, CallersWhoWaitNeverAskForMoreThanIsServed) {
  for (const TrafficModel model : {TrafficModel::closed, TrafficModel::saturate}) {
    RunDocument run = with_busy(sample_runs::queued_overloaded());
    run.scenario.traffic.model = model;

    EXPECT_FALSE(is_saturated(run));
    run.backlog->growth_per_s = 100.0;
    EXPECT_FALSE(backlog_grew(run));
  }
  RunDocument sessions = with_busy(sample_runs::queued_overloaded());
  sessions.scenario.traffic.model = TrafficModel::half_open;
  EXPECT_TRUE(is_saturated(sessions));
}

/// A consumer took a hundredth of what the others took.
Fairness starved_consumer() {
  return {.callers = {}, .consumers = CallSpread{8, 4, 500, 400.0, 0.87}};
}

TEST(Findings, AConsumerThatIsStarvedWhileCallsWaitIsUnfair) {
  RunDocument run = sample_runs::queued_overloaded();
  EXPECT_FALSE(has(findings_of(run), "unfair_consumers"));

  run.fairness = starved_consumer();
  EXPECT_TRUE(has(findings_of(run), "unfair_consumers"));
}

TEST(Findings, AnIdleConsumerIsNotStarvedWhereNobodyWaits) {
  RunDocument run = sample_runs::queued_at_ease();  // service 20 ms, queueing 60 us
  run.fairness = starved_consumer();

  EXPECT_FALSE(has(findings_of(run), "unfair_consumers"));
}

TEST(Findings, ACallerThatIsStarvedIsUnfairAndChanceIsNot) {
  RunDocument run = sample_runs::callers_at_ease();
  EXPECT_FALSE(has(findings_of(run), "unfair_callers"));

  run.fairness.callers = CallSpread{200, 3, 60, 50.0, 0.98};
  EXPECT_TRUE(has(findings_of(run), "unfair_callers"));

  run.fairness.callers = CallSpread{200, 20, 120, 50.0, 0.8};
  EXPECT_TRUE(has(findings_of(run), "unfair_callers"));

  // Five calls each on average, drawn by chance: some callers have none.
  run.fairness.callers = CallSpread{10'000, 0, 15, 5.0, 0.83};
  EXPECT_FALSE(has(findings_of(run), "unfair_callers"));
}

RunDocument with_connections(std::uint64_t used, std::uint64_t passed_over, std::uint64_t answers) {
  RunDocument run = with_busy(sample_runs::direct_at_ease());
  run.connections = ConnectionUse{.used = used, .passed_over = passed_over, .answers = answers};
  return run;
}

TEST(Findings, ConnectionsThatOthersAreServedBeforeAreStarved) {
  const std::vector<Finding> findings = findings_of(with_connections(100, 92, 3'920));

  ASSERT_TRUE(has(findings, "starved_connections"));
  EXPECT_TRUE(
      findings.back().text.starts_with("8 of 100 connections served every call: the other "
                                       "92 waited for their first answer"))
      << findings.back().text;
}

TEST(Findings, AFewConnectionsThatHangAreNoStarvation) {
  EXPECT_FALSE(has(findings_of(with_connections(100, 0, 3'920)), "starved_connections"));
  EXPECT_FALSE(has(findings_of(with_connections(100, 9, 3'920)), "starved_connections"));
  // Every fourth request hangs and takes its connection along: nobody is served for long.
  EXPECT_FALSE(has(findings_of(with_connections(1'000, 250, 3'000)), "starved_connections"));
}

TEST(Findings, ARetryBudgetThatRanOutIsNamed) {
  RunDocument run = sample_runs::callers_at_ease();
  EXPECT_FALSE(has(findings_of(run), "retry_budget"));

  run.worker_troubles->retries_denied = 17;
  EXPECT_TRUE(has(findings_of(run), "retry_budget"));
}

TEST(Findings, CrashesRedeliveriesAndForeignMessagesAreNamed) {
  RunDocument run = sample_runs::callers_at_ease();
  for (const char* id : {"worker_crashes", "redelivered", "foreign_messages"}) {
    EXPECT_FALSE(has(findings_of(run), id)) << id;
  }
  run.worker_troubles->crashed = 2;
  run.ledger.redelivered = 2;
  run.foreign_messages = 1;
  for (const char* id : {"worker_crashes", "redelivered", "foreign_messages"}) {
    EXPECT_TRUE(has(findings_of(run), id)) << id;
  }
}

/// A queued run in which `calls` were lost because of `why`.
RunDocument with_lost(std::int64_t calls, Reason why, const std::string& producer,
                      const std::string& consumer) {
  RunDocument run = sample_runs::queued_at_ease();
  outcome(run, Outcome::completed) -= calls;
  outcome(run, Outcome::lost) += calls;
  reason(run, why) += calls;
  run.producer_guarantee = producer;
  run.consumer_guarantee = consumer;
  return run;
}

TEST(Guarantee, ADyingWorkerMayTakeItsCallAlongOnlyWhereDeliveryIsAtMostOnce) {
  EXPECT_FALSE(breaks_guarantee(with_lost(3, Reason::worker_died, "G1", "C0")));
  EXPECT_TRUE(breaks_guarantee(with_lost(3, Reason::worker_died, "G1", "C1")));
}

TEST(Guarantee, AQueueThatDiesMayLoseCallsOnlyWhereItIsVolatile) {
  EXPECT_FALSE(breaks_guarantee(with_lost(3, Reason::queue_restarted, "G1", "C0")));
  EXPECT_TRUE(breaks_guarantee(with_lost(3, Reason::queue_restarted, "G2", "C0")));
}

TEST(Guarantee, NobodyKeepsWhatSomebodyElseRemoved) {
  EXPECT_FALSE(breaks_guarantee(with_lost(3, Reason::foreign_removal, "G3", "C1")));
  EXPECT_TRUE(breaks_guarantee(with_lost(3, Reason::none, "G1", "C0")));
}

TEST(Guarantee, WhatIsDeliveredAgainMayBeDoneTwice) {
  RunDocument run = sample_runs::queued_at_ease();
  run.ledger.duplicated = 2;
  EXPECT_TRUE(breaks_guarantee(run));

  run.consumer_guarantee = "C1";
  EXPECT_FALSE(breaks_guarantee(run));

  run.ledger.reordered = 1;
  EXPECT_TRUE(breaks_guarantee(run));
}

TEST(Findings, OfAFrontEndNameWhatIsOddAboutItsResults) {
  RunDocument run = with_busy(sample_runs::direct_at_ease());
  EXPECT_FALSE(has(findings_of(run), "forged_callbacks"));
  run.front = FrontResult{.forged = 1, .strange = 2, .missed = 3};

  const std::vector<Finding> findings = findings_of(run);

  EXPECT_TRUE(has(findings, "forged_callbacks"));
  EXPECT_TRUE(has(findings, "strange_requests"));
  EXPECT_TRUE(has(findings, "missed_reports"));
}

TEST(Saturation, AClientsLimitThatRefusesCallsIsOverload) {
  RunDocument run = with_busy(sample_runs::direct_at_ease());
  outcome(run, Outcome::completed) -= 300;
  outcome(run, Outcome::rejected) += 300;
  reason(run, Reason::quota) += 300;
  run.completed_per_s -= 30.0;
  EXPECT_TRUE(is_saturated(run));
}

}  // namespace
}  // namespace queuemeter
