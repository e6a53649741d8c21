// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/time_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

constexpr Instant at(std::int64_t nanoseconds) { return Instant{Duration{nanoseconds}}; }

std::vector<int> drain(TimeQueue<int>& queue) {
  std::vector<int> items;
  for (; !queue.empty(); queue.pop()) {
    items.push_back(queue.front());
  }
  return items;
}

TEST(TimeQueue, ItemsComeInTheOrderOfTheirInstantsHoweverFarApart) {
  TimeQueue<int> queue;
  queue.push(at(3'600'000'000'000), 6);
  queue.push(at(5), 1);
  queue.push(at(200'000'000), 5);
  queue.push(at(4), 0);
  queue.push(at(40'000), 2);
  queue.push(at(134'000'000), 4);
  queue.push(at(40'001), 3);
  queue.push(never, 7);

  EXPECT_EQ(queue.front_at(), at(4));
  EXPECT_EQ(drain(queue), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(TimeQueue, ItemsOfOneInstantComeInTheOrderTheyWerePushed) {
  TimeQueue<int> queue;
  for (int item = 0; item < 100; ++item) {
    queue.push(at(item < 50 ? 1'000'000 : 500'000'000), item);
  }
  std::vector<int> expected(100);
  for (int item = 0; item < 100; ++item) {
    expected[static_cast<std::size_t>(item)] = item;
  }

  EXPECT_EQ(drain(queue), expected);
}

TEST(TimeQueue, AnItemMayBeEarlierThanTheOneInFront) {
  TimeQueue<int> queue;
  queue.push(at(1'000'000'000), 2);
  queue.push(at(10), 0);
  queue.push(at(100'000), 1);

  EXPECT_EQ(drain(queue), (std::vector<int>{0, 1, 2}));
}

TEST(TimeQueue, InstantsBeforeTheOriginAreInstantsToo) {
  TimeQueue<int> queue;
  queue.push(at(-5), 1);
  queue.push(at(0), 2);
  queue.push(at(-500'000'000), 0);
  queue.push(at(500'000), 3);

  EXPECT_EQ(drain(queue), (std::vector<int>{0, 1, 2, 3}));
}

/// Pushes and pops at random beside a map, which is in order by definition.
void compare_with_a_map(std::uint64_t seed, std::int64_t mean_ahead, std::size_t most) {
  std::mt19937_64 engine{seed};
  std::exponential_distribution<double> ahead{1.0 / static_cast<double>(mean_ahead)};
  TimeQueue<std::uint64_t> queue;
  std::map<std::pair<Instant, std::uint64_t>, std::uint64_t> expected;
  Instant now = at(static_cast<std::int64_t>(engine() % 1'000'000'000));
  for (std::uint64_t order = 0; order < 60'000; ++order) {
    // Now and then everything is taken out, so that the queue starts again from nothing.
    const bool drains = engine() % 5'000 == 0;
    while (!expected.empty() && (drains || expected.size() >= most || engine() % 3 == 0)) {
      const auto first = expected.begin();
      ASSERT_FALSE(queue.empty());
      ASSERT_EQ(queue.front_at(), first->first.first);
      ASSERT_EQ(queue.front(), first->second);
      now = first->first.first;
      expected.erase(first);
      queue.pop();
    }
    const Instant due = now + Duration{static_cast<std::int64_t>(ahead(engine))};
    queue.push(due, order);
    expected.emplace(std::pair{due, order}, order);
  }
  for (const auto& [key, item] : expected) {
    ASSERT_EQ(queue.front(), item);
    queue.pop();
  }
  EXPECT_TRUE(queue.empty());
}

TEST(TimeQueue, AgreesWithAMapAtEveryScale) {
  for (const std::int64_t mean_ahead :
       {10LL, 20'000LL, 2'000'000LL, 20'000'000LL, 60'000'000LL, 2'000'000'000LL}) {
    for (const std::size_t most : {3U, 300U, 5'000U}) {
      compare_with_a_map(static_cast<std::uint64_t>(mean_ahead) + most, mean_ahead, most);
    }
  }
}

}  // namespace
}  // namespace queuemeter
