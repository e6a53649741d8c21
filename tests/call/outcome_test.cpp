// SPDX-License-Identifier: Apache-2.0
#include "harness/call/outcome.hpp"

#include "harness/call/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace queuemeter {
namespace {

TEST(Outcome, HasTheNineWordsOfTheLedger) {
  std::vector<std::string_view> words;
  words.reserve(all_outcomes.size());
  for (const Outcome outcome : all_outcomes) {
    words.push_back(to_string(outcome));
  }
  EXPECT_THAT(words, testing::ElementsAre("completed", "rejected", "shed", "expired", "failed",
                                          "lost", "unfinished", "unknown", "unsent"));
}

TEST(Reason, HasAWordOfItsOwnForEveryReason) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < reason_count; ++i) {
    words.push_back(to_string(static_cast<Reason>(i)));
  }
  EXPECT_THAT(words, testing::ElementsAre(
                         "none", "full", "caller_limit", "closed", "queue_failure", "reply_timeout",
                         "backend_error", "backend_refused", "backend_timeout", "disconnected",
                         "unreachable", "wrong_answer", "deadline", "drop_oldest", "drain_ended",
                         "backend_quota", "worker_died", "unconfirmed", "foreign_removal", "quota",
                         "no_callback", "queue_restarted", "hand_over"));
}

TEST(Phase, HasTheWordsOfTheTicks) {
  EXPECT_EQ(to_string(Phase::warm_up), "warm_up");
  EXPECT_EQ(to_string(Phase::measure), "measure");
}

TEST(Span, HasTheWordsOfResults) {
  std::vector<std::string_view> words;
  words.reserve(all_spans.size());
  for (const Span span : all_spans) {
    words.push_back(to_string(span));
  }
  EXPECT_THAT(words, testing::ElementsAre("completion", "answer", "lateness", "admission",
                                          "queueing", "handoff", "service", "return"));
}

TEST(Call, HasObservedNothingBeforeItIsPlanned) {
  const Call call;
  EXPECT_FALSE(is_observed(call.planned_at));
  EXPECT_EQ(call.deadline, never);
  EXPECT_EQ(call.attempt, 1U);
}

}  // namespace
}  // namespace queuemeter
