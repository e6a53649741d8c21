// SPDX-License-Identifier: Apache-2.0
#include "harness/path/reply_inbox.hpp"

#include "harness/call/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

Returned numbered(std::int64_t number) { return {.at = Instant{Duration{number}}}; }

TEST(ReplyInbox, GivesBackInOrderAndIsEmptyThen) {
  ReplyInbox inbox{4};
  Returned what;
  EXPECT_FALSE(inbox.take(what));

  for (std::int64_t round = 0; round < 10; ++round) {
    ASSERT_TRUE(inbox.returned(numbered(2 * round)));
    ASSERT_TRUE(inbox.returned(numbered(2 * round + 1)));
    ASSERT_TRUE(inbox.take(what));
    EXPECT_EQ(what.at, Instant{Duration{2 * round}});
    ASSERT_TRUE(inbox.take(what));
    EXPECT_EQ(what.at, Instant{Duration{2 * round + 1}});
    EXPECT_FALSE(inbox.take(what));
  }
}

TEST(ReplyInbox, CountsWhatDoesNotFit) {
  ReplyInbox inbox{4};
  for (std::int64_t number = 0; number < 7; ++number) {
    ASSERT_TRUE(inbox.returned(numbered(number)));
  }

  EXPECT_EQ(inbox.uncounted_duplicates(), 3U);
  Returned what;
  int taken = 0;
  while (inbox.take(what)) {
    ++taken;
  }
  EXPECT_EQ(taken, 4);
}

TEST(ReplyInbox, ManyWorkersLoseNothing) {
  constexpr std::int64_t each = 50'000;
  constexpr std::int64_t workers = 4;
  ReplyInbox inbox{workers * each};
  std::vector<std::int64_t> seen(workers, 0);

  std::vector<std::jthread> threads;
  for (std::int64_t worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&inbox, worker] {
      for (std::int64_t number = 0; number < each; ++number) {
        ASSERT_TRUE(inbox.returned(numbered(worker * each + number)));
      }
    });
  }
  const MonotonicClock clock;
  std::int64_t taken = 0;
  while (taken < workers * each) {
    Returned what;
    if (!inbox.take(what)) {
      inbox.wait(clock.now() + 1s);
      continue;
    }
    const std::int64_t number = what.at.time_since_epoch().count();
    auto& next = seen[static_cast<std::size_t>(number / each)];
    ASSERT_EQ(number % each, next) << "one worker's replies keep their order";
    ++next;
    ++taken;
  }

  EXPECT_EQ(inbox.uncounted_duplicates(), 0U);
}

}  // namespace
}  // namespace queuemeter
