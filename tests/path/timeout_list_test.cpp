// SPDX-License-Identifier: Apache-2.0
#include "harness/path/timeout_list.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

TEST(TimeoutList, IsEmptyAtFirstAndNeverExpiresThen) {
  const TimeoutList list{4};

  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.first_expiry(), never);
}

TEST(TimeoutList, GivesUpInTheOrderOfAdding) {
  TimeoutList list{4};
  list.add(2, start + 1s);
  list.add(0, start + 2s);
  list.add(3, start + 3s);

  EXPECT_EQ(list.first(), 2U);
  EXPECT_EQ(list.first_expiry(), start + 1s);
  list.remove(2);
  EXPECT_EQ(list.first(), 0U);
  list.remove(0);
  EXPECT_EQ(list.first(), 3U);
  list.remove(3);
  EXPECT_TRUE(list.empty());
}

TEST(TimeoutList, AnAnswerTakesACallOutOfTheMiddle) {
  TimeoutList list{4};
  list.add(0, start + 1s);
  list.add(1, start + 2s);
  list.add(2, start + 3s);

  list.remove(1);
  list.remove(0);

  EXPECT_EQ(list.first(), 2U);
  list.add(1, start + 4s);
  list.remove(2);
  EXPECT_EQ(list.first(), 1U) << "a slot is used again";
}

TEST(TimeoutList, TheLastOneCanBeTakenOut) {
  TimeoutList list{3};
  list.add(0, start + 1s);
  list.add(1, start + 2s);

  list.remove(1);
  list.add(2, start + 3s);
  list.remove(0);

  EXPECT_EQ(list.first(), 2U);
}

TEST(TimeoutList, ACallOfferedOutOfItsOrderFindsItsPlace) {
  TimeoutList list{4};
  list.add(0, start + 1s);
  list.add(1, start + 3s);

  list.add(2, start + 2s);
  list.add(3, start + 500ms);

  EXPECT_TRUE(list.is_listed(2));
  for (const std::size_t slot : {3U, 0U, 2U, 1U}) {
    ASSERT_EQ(list.first(), slot);
    list.remove(slot);
  }
  EXPECT_FALSE(list.is_listed(2));
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace queuemeter
