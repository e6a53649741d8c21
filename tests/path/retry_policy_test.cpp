// SPDX-License-Identifier: Apache-2.0
#include "harness/path/retry_policy.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, NoneNeverTriesAgain) {
  EXPECT_EQ(RetryPolicy{}.delay_after(1, 0, 7), std::nullopt);
}

TEST(RetryPolicy, FixedWaitsAlikeUntilTheAttemptsAreUsedUp) {
  const RetryPolicy policy{{.kind = RetryRules::Kind::fixed, .attempts = 3, .delay = 40ms}, 1};

  EXPECT_EQ(policy.delay_after(1, 0, 7), Duration{40ms});
  EXPECT_EQ(policy.delay_after(2, 0, 7), Duration{40ms});
  EXPECT_EQ(policy.delay_after(3, 0, 7), std::nullopt);
}

TEST(RetryPolicy, ExponentialDoublesAndStaysFinite) {
  const RetryPolicy policy{
      {.kind = RetryRules::Kind::exponential, .attempts = 10'000, .delay = 10ms}, 1};

  EXPECT_EQ(policy.delay_after(1, 0, 7), Duration{10ms});
  EXPECT_EQ(policy.delay_after(2, 0, 7), Duration{20ms});
  EXPECT_EQ(policy.delay_after(5, 0, 7), Duration{160ms});
  EXPECT_EQ(policy.delay_after(9'000, 0, 7), Duration{365 * 24h});
}

TEST(RetryPolicy, JitterIsTheCallsOwnDrawAroundTheDelay) {
  const RetryRules rules{
      .kind = RetryRules::Kind::fixed, .attempts = 3, .delay = 100ms, .jitter = 0.2};
  const RetryPolicy policy{rules, 1};

  double sum = 0.0;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    const Duration delay = policy.delay_after(1, 0, key).value();
    EXPECT_GE(delay, Duration{80ms});
    EXPECT_LE(delay, Duration{120ms});
    EXPECT_EQ(delay, (RetryPolicy{rules, 1}.delay_after(1, 0, key))) << "whoever asks";
    sum += to_seconds(delay);
  }
  EXPECT_NEAR(sum / 1000.0, 0.1, 0.0015) << "four standard errors of a uniform draw";
  EXPECT_NE(policy.delay_after(1, 0, 5), policy.delay_after(2, 0, 5)) << "attempts differ";
  EXPECT_NE(policy.delay_after(1, 0, 5), policy.delay_after(1, 1, 5)) << "classes differ";
  EXPECT_NE(policy.delay_after(1, 0, 5), (RetryPolicy{rules, 2}.delay_after(1, 0, 5))) << "seeds";
}

TEST(RetryBudget, WithoutAShareIsEndless) {
  RetryBudget budget;

  EXPECT_TRUE(budget.spend());
}

TEST(RetryBudget, KeepsRetriesBelowItsShareOfTheCallsBegun) {
  RetryBudget budget{0.25};
  EXPECT_FALSE(budget.spend()) << "nothing begun yet";

  for (int call = 0; call < 10; ++call) {
    budget.begun();
  }

  EXPECT_TRUE(budget.spend());
  EXPECT_TRUE(budget.spend());
  EXPECT_FALSE(budget.spend()) << "a third would be more than 2.5";
}

TEST(RetryBudget, IsExactAmongManyThreads) {
  RetryBudget budget{0.1};
  std::atomic<int> spent{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int call = 0; call < 10'000; ++call) {
          budget.begun();
          spent += budget.spend() ? 1 : 0;
        }
      });
    }
  }

  EXPECT_EQ(spent, 4'000);
}

}  // namespace
}  // namespace queuemeter
