// SPDX-License-Identifier: Apache-2.0
#include "harness/path/settler.hpp"

#include "tests/path/test_queue.hpp"
#include "tests/path/worker_rig.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

struct Settling : testing::Test {
  /// What a worker that has the call hands back.
  [[nodiscard]] Returned reply(CallHandle call, bool holds = true) const {
    return {.call = call,
            .taken_at = start + 1ms,
            .called_at = start + 2ms,
            .replied_at = start + 5ms,
            .at = start + 5ms,
            .holds_record = holds};
  }
  void settle(const Returned& what) {
    ASSERT_TRUE(rig.inbox().returned(what));
    rig.settler().step(clock.now());
  }

  VirtualClock clock{start};
  TestQueue queue{{}};
  WorkerRig rig{clock, queue, nullptr};
};

TEST_F(Settling, WritesHowTheCallWentAndReturnsTheRecord) {
  rig.offer();
  const CallHandle call = rig.last();
  ASSERT_TRUE(call.record->claim(call.sequence));
  clock.advance_by(7ms);

  settle(reply(call));

  EXPECT_EQ(rig.mean(Span::queueing), Duration{1ms});
  EXPECT_EQ(rig.mean(Span::handoff), Duration{1ms});
  EXPECT_EQ(rig.mean(Span::service), Duration{3ms});
  EXPECT_EQ(rig.mean(Span::returning), Duration{2ms});
  EXPECT_EQ(rig.mean(Span::completion), Duration{7ms});
  EXPECT_EQ(call.record->at.replied_at, start + 5ms) << "for the offerer to see";
  EXPECT_EQ(rig.free_records(), 1000U);
}

TEST_F(Settling, SettlesWhatNobodyHereHasClaimed) {
  rig.offer();

  settle(reply(rig.last(), false));  // from another process

  EXPECT_EQ(rig.counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig.free_records(), 1000U);
}

TEST_F(Settling, CountsAReplyToASettledCallAsDuplicated) {
  rig.offer();
  const CallHandle call = rig.last();
  settle(reply(call, false));

  settle(reply(call, false));
  rig.offer();  // the record is used again
  ASSERT_EQ(rig.last().record, call.record);
  settle(reply(call, false));

  EXPECT_EQ(rig.counts().duplicated, 2);
  EXPECT_EQ(rig.counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig.counts().in_flight(), 1) << "the later call was not touched";
}

TEST_F(Settling, KeepsARecordUntilItsHolderIsDone) {
  rig.offer();
  const CallHandle call = rig.last();
  ASSERT_TRUE(call.record->claim(call.sequence));

  settle(reply(call, false));
  EXPECT_EQ(rig.counts().of(Outcome::completed), 1) << "the second delivery was faster";
  EXPECT_EQ(rig.free_records(), 999U);
  settle(reply(call, false));
  EXPECT_EQ(rig.counts().duplicated, 1) << "and a third one came";
  settle(reply(call, true));

  EXPECT_EQ(rig.counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig.counts().duplicated, 2);
  EXPECT_EQ(rig.free_records(), 1000U);
}

TEST_F(Settling, LeavesACallWhoseCallerGaveUpToItsOfferer) {
  rig.pool().set_contested(true);
  rig.offer();
  const CallHandle call = rig.last();
  ASSERT_TRUE(call.record->claim(call.sequence));
  ASSERT_TRUE(call.record->decide()) << "the caller leaves";

  settle(reply(call));

  EXPECT_EQ(rig.counts().of(Outcome::completed), 0);
  EXPECT_EQ(rig.counts().duplicated, 0);
  EXPECT_EQ(call.record->outcome, Outcome::completed) << "so that the offerer can see it was work";
  EXPECT_EQ(rig.free_records(), 1000U);
}

TEST_F(Settling, WakesTheOffererOncePerStep) {
  struct CountingWaker final : Waker {
    void wake() noexcept override { ++times; }
    int times = 0;
  } waker;
  rig.pool().set_waker(&waker);
  std::vector<Returned> replies;
  for (int call = 0; call < 3; ++call) {
    rig.offer();
    replies.push_back(reply(rig.last(), false));
  }

  for (const Returned& what : replies) {
    ASSERT_TRUE(rig.inbox().returned(what));
  }
  rig.settler().step(clock.now());
  rig.settler().step(clock.now());

  EXPECT_EQ(waker.times, 1);
}

}  // namespace
}  // namespace queuemeter
