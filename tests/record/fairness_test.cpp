// SPDX-License-Identifier: Apache-2.0
#include "harness/record/fairness.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace queuemeter {
namespace {

std::optional<CallSpread> spread_of(std::initializer_list<std::uint64_t> calls) {
  CallSpreadTally tally;
  for (const std::uint64_t each : calls) {
    tally.add(each);
  }
  return tally.spread();
}

TEST(CallSpread, EqualSharesAreEven) {
  const auto spread = spread_of({7, 7, 7, 7});

  ASSERT_TRUE(spread);
  EXPECT_EQ(*spread, (CallSpread{.count = 4, .min = 7, .max = 7, .mean = 7.0, .jain = 1.0}));
}

TEST(CallSpread, OneWhoGetsEverythingGivesOneInN) {
  const auto spread = spread_of({0, 0, 0, 0, 10});

  ASSERT_TRUE(spread);
  EXPECT_DOUBLE_EQ(spread->jain, 0.2);
  EXPECT_EQ(spread->min, 0u);
  EXPECT_EQ(spread->max, 10u);
}

TEST(CallSpread, TheIndexIsThatOfThePaper) {
  // k of n get equal shares, the rest nothing: k / n, whatever the share.
  EXPECT_DOUBLE_EQ(spread_of({3, 3, 3, 0})->jain, 0.75);
  EXPECT_DOUBLE_EQ(spread_of({1, 2, 3})->jain, 36.0 / (3.0 * 14.0));
}

TEST(CallSpread, NothingForAnybodyIsEvenAndOnePartyIsNobodyToCompare) {
  EXPECT_EQ(spread_of({0, 0})->jain, 1.0);
  EXPECT_EQ(spread_of({5}), std::nullopt);
  EXPECT_EQ(spread_of({}), std::nullopt);
}

}  // namespace
}  // namespace queuemeter
