// SPDX-License-Identifier: Apache-2.0
#include "harness/call/timing_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace queuemeter {
namespace {

std::vector<std::uint64_t> taken(ChunkedLists& lists, ChunkedLists::List& list) {
  std::vector<std::uint64_t> numbers;
  lists.take(list, numbers);
  return numbers;
}

TEST(ChunkedLists, AListIsTakenInTheOrderOfPushing) {
  ChunkedLists lists;
  ChunkedLists::List odd;
  ChunkedLists::List even;
  for (std::uint64_t number = 0; number < 100; ++number) {
    lists.push(number % 2 == 0 ? even : odd, number);
  }

  EXPECT_EQ(lists.size(odd), 50u);
  EXPECT_EQ(lists.smallest(odd), 1u);
  const std::vector<std::uint64_t> numbers = taken(lists, odd);
  ASSERT_EQ(numbers.size(), 50u);
  for (std::uint64_t index = 0; index < numbers.size(); ++index) {
    EXPECT_EQ(numbers[index], 2 * index + 1);
  }
  EXPECT_TRUE(odd.empty());
  EXPECT_EQ(lists.size(even), 50u);
}

TEST(ChunkedLists, TakingAddsBehindWhatIsThere) {
  ChunkedLists lists;
  ChunkedLists::List list;
  for (std::uint64_t number = 1; number < 9; ++number) {
    lists.push(list, number);
  }
  std::vector<std::uint64_t> numbers{0};

  lists.take(list, numbers);

  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(ChunkedLists, WhatIsVisitedMayBePushedAgain) {
  ChunkedLists lists;
  ChunkedLists::List list;
  for (std::uint64_t number = 0; number < 30; ++number) {
    lists.push(list, number);
  }

  lists.empty(list, [&](std::uint64_t number) { lists.push(list, number + 100); });

  std::vector<std::uint64_t> numbers = taken(lists, list);
  std::ranges::sort(numbers);
  ASSERT_EQ(numbers.size(), 30u);
  EXPECT_EQ(numbers.front(), 100u);
  EXPECT_EQ(numbers.back(), 129u);
}

TEST(ChunkedLists, TheStoreDoesNotGrowBeyondWhatWasReserved) {
  ChunkedLists lists;
  lists.reserve(700, 10);
  const std::size_t bytes = lists.bytes();
  std::vector<ChunkedLists::List> all(10);

  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t number = 0; number < 700; ++number) {
      lists.push(all[number % all.size()], number);
    }
    for (ChunkedLists::List& list : all) {
      EXPECT_EQ(taken(lists, list).size(), 70u);
    }
  }
  EXPECT_EQ(lists.bytes(), bytes);
}

TEST(TimingWheel, FindsTheNextSlotThatHoldsSomething) {
  ChunkedLists lists;
  const auto wheel = std::make_unique<TimingWheel>();
  std::map<std::size_t, std::size_t> expected;
  std::mt19937 random{7};

  EXPECT_TRUE(wheel->empty());
  for (int step = 0; step < 3'000; ++step) {
    const std::size_t slot = random() % (step % 2 == 0 ? TimingWheel::slots : 70);
    if (random() % 3 == 0) {
      EXPECT_EQ(taken(lists, wheel->emptied(slot)).size(), expected[slot]);
      expected.erase(slot);
    } else {
      wheel->push(lists, slot, slot);
      ++expected[slot];
    }
    const std::size_t from = random() % (TimingWheel::slots + 1);
    const auto next = expected.lower_bound(from);
    ASSERT_EQ(wheel->find(from), next == expected.end() ? TimingWheel::slots : next->first);
    ASSERT_EQ(wheel->empty(), expected.empty());
  }
}

}  // namespace
}  // namespace queuemeter
