// SPDX-License-Identifier: Apache-2.0
// What a Redis list has that other queues have not, on a real server. That it keeps the contract of
// all queues is tested by tests/contract.
#include "tests/brokers/private_redis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter::brokers_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

/// Both ways of taking; the parameter is `options.mode`.
class RedisList : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] QueueSettings settings() const {
    QueueSettings made;
    made.options = {{"mode", GetParam()}};
    return made;
  }

  std::unique_ptr<PrivateRedis> redis_ = std::make_unique<PrivateRedis>();
  MonotonicClock clock_;
};

/// Takes until nothing is there; acknowledges nothing.
std::vector<CallHandle> take_all(QueueConsumer& consumer) {
  std::vector<CallHandle> all;
  std::array<CallHandle, 64> calls;
  std::array<Instant, 64> taken_at;
  for (;;) {
    const ChunkResult chunk = consumer.take(calls, taken_at);
    if (chunk.done == 0) {
      return all;
    }
    all.insert(all.end(), calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(chunk.done));
  }
}

TEST_P(RedisList, OffersGoOnUnconfirmedUpToTheWindow) {
  TestRun run{64};
  HeardConfirmations sink;
  QueueSettings narrow = settings();
  narrow.window = 16;
  narrow.batch = 4;
  const auto queue = open(redis_->url(), run, narrow);
  const auto producer = queue->make_producer(clock_, &sink);
  std::vector<Instant> accepted_at(64);
  redis_->freeze();

  const ChunkResult offered = producer->offer(run.calls(0, 20), accepted_at);
  const std::size_t room = producer->room();
  producer->step(clock_.now());
  const std::size_t heard_while_frozen = sink.heard.size();
  redis_->thaw();
  step_until(*producer, sink, 16);

  EXPECT_EQ(offered.done, 16U);
  EXPECT_EQ(accepted_at.front(), unobserved);
  EXPECT_EQ(room, 0U);
  EXPECT_EQ(heard_while_frozen, 0U);
  ASSERT_EQ(sink.count(QueueResult::ok), 16U);
  EXPECT_EQ(producer->room(), 16U);
  for (std::size_t number = 0; number < 16; ++number) {
    EXPECT_EQ(sink.heard[number].call.sequence, number);
    EXPECT_GE(sink.heard[number].at, run.records.records()[number].at.offered_at);
  }
  EXPECT_EQ(depth_soon(*queue, 16U), 16U);
}

TEST_P(RedisList, TheBoundHoldsWithoutWaitingAndOpensAgain) {
  TestRun run{4000};
  HeardConfirmations sink;
  QueueSettings bounded = settings();
  bounded.bound = 50;
  bounded.window = 16;
  const auto queue = open(redis_->url(), run, bounded);
  const auto producer = queue->make_producer(clock_, &sink);
  const auto consumer = queue->make_consumer(clock_);
  std::vector<Instant> at(16);
  std::size_t next = 0;
  const auto offer_until_full = [&] {
    for (int turn = 0; turn < 100; ++turn) {
      const std::size_t room = producer->room();
      const std::size_t done = producer->offer(run.calls(next, room), at).done;
      next += done;
      step_until(*producer, sink, next);
      if (done == 0) {
        std::this_thread::sleep_for(milliseconds{1});
        producer->step(clock_.now());  // looks at the length again, as its wake-up asks for
      }
    }
  };

  offer_until_full();
  const std::size_t filled = next;
  const std::size_t emptied = take_all(*consumer).size();
  offer_until_full();

  EXPECT_EQ(filled, 50U);
  EXPECT_EQ(sink.count(QueueResult::ok), next);
  EXPECT_EQ(next, 50U + std::min<std::size_t>(emptied, 50U));
}

TEST_P(RedisList, ASweepFindsWhatAnIdleConsumerHasAndNeverHandedOut) {
  TestRun run{8};
  const auto queue = open(redis_->url(), run, settings());
  const auto producer = queue->make_producer(clock_);
  const auto idle = queue->make_consumer(clock_);
  std::array<Instant, 1> at;
  std::jthread offering{[&] {
    std::this_thread::sleep_for(milliseconds{20});
    producer->offer(run.calls(0, 1), at);
  }};
  ASSERT_EQ(idle->wait(clock_.now() + seconds{10}), QueueResult::empty);
  offering.join();
  ASSERT_EQ(depth_soon(*queue, 0U), 0U) << "the server has handed it over";

  queue->close();
  const auto sweeping = queue->make_consumer(clock_);

  EXPECT_EQ(take_all(*sweeping).size(), 1U);
}

TEST_P(RedisList, LeavesNoKeyBehind) {
  TestRun run{8};
  {
    const auto queue = open(redis_->url(), run, settings());
    const auto consumer = queue->make_consumer(clock_);
    std::array<Instant, 3> at;
    std::array<CallHandle, 1> taken;
    queue->make_producer(clock_)->offer(run.calls(0, 3), at);
    consumer->take(taken, at);
    EXPECT_THAT(redis_->cli("KEYS '*'"), HasSubstr("queuemeter.0000000000001234.calls"));
  }

  EXPECT_EQ(redis_->cli("DBSIZE"), "0");
}

TEST_P(RedisList, RepliesTravelByAListOfTheirOwn) {
  TestRun run{4};
  run.context.role = "replies";
  const auto queue = open(redis_->url(), run, settings());
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> calls = run.calls(0, 1);
  CallRecord worked;  // the worker's copy
  worked.call = calls.front().record->call;
  worked.at.taken_at = Instant{Duration{10}};
  worked.at.called_at = Instant{Duration{20}};
  worked.at.replied_at = Instant{Duration{30}};
  worked.outcome = Outcome::failed;
  worked.reason = Reason::backend_error;
  const std::array<CallHandle, 1> reply{CallHandle{&worked, 0}};
  std::array<Instant, 1> at;
  std::array<CallHandle, 1> taken;

  ASSERT_EQ(producer->offer(reply, at).done, 1U);
  ASSERT_EQ(consumer->take(taken, at).done, 1U);

  EXPECT_EQ(taken.front().record, calls.front().record);
  EXPECT_EQ(taken.front().record->reason, Reason::backend_error);
  EXPECT_EQ(taken.front().record->at.called_at, Instant{Duration{20}});
  EXPECT_EQ(queue->effective_settings()[1].second, "queuemeter.0000000000001234.replies");
}

INSTANTIATE_TEST_SUITE_P(Modes, RedisList, testing::Values("pop", "move"),
                         [](const auto& mode) { return mode.param; });

/// Takes and acknowledges until there were `count` calls, or ten seconds have passed.
std::vector<CallHandle> work_off(QueueConsumer& consumer, std::size_t count) {
  const MonotonicClock clock;
  const Instant limit = clock.now() + seconds{10};
  std::vector<CallHandle> all;
  while (all.size() < count && clock.now() < limit) {
    consumer.wait(clock.now() + milliseconds{50});
    std::array<CallHandle, 1> call;
    std::array<Instant, 1> taken_at;
    while (consumer.take(call, taken_at).done == 1) {
      consumer.acknowledge(call);
      all.push_back(call.front());
    }
  }
  return all;
}

/// The reaper counts after it has put back, so a consumer may be faster.
std::uint64_t redelivered_soon(const Queue& queue, std::uint64_t expected) {
  for (int look = 0; look < 500 && queue.redelivered() < expected; ++look) {
    std::this_thread::sleep_for(milliseconds{2});
  }
  return queue.redelivered();
}

/// What only acknowledged delivery has.
class RedisMove : public RedisList {
 protected:
  [[nodiscard]] QueueSettings acked(const std::string& ack_timeout = "30s") const {
    QueueSettings made = settings();
    made.options.emplace_back("ack_timeout", ack_timeout);
    return made;
  }
};

TEST_P(RedisMove, DeclaresThatItAcknowledges) {
  TestRun run{1};
  const auto queue = open(redis_->url(), run, acked());

  EXPECT_EQ(queue->traits().delivery, QueueDelivery::acked);
  EXPECT_EQ(queue->traits().consumer_guarantee, ConsumerGuarantee::c1_ack_after_work);
  EXPECT_EQ(open(redis_->url(), run)->traits().delivery, QueueDelivery::destructive);
}

TEST_P(RedisMove, HoldsNoMoreThanItsPrefetchUnacknowledged) {
  TestRun run{10};
  QueueSettings narrow = acked();
  narrow.prefetch = 3;
  const auto queue = open(redis_->url(), run, narrow);
  const auto consumer = queue->make_consumer(clock_);
  std::array<Instant, 10> at;
  std::array<CallHandle, 10> taken;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 10), at).done, 10U);

  EXPECT_EQ(consumer->take(taken, at).done, 3U);
  EXPECT_EQ(consumer->take(taken, at).done, 0U);
  EXPECT_EQ(consumer->wait(clock_.now() + milliseconds{5}), QueueResult::timed_out);
  EXPECT_EQ(consumer->acknowledge(std::span{taken}.first(2)), QueueResult::ok);
  EXPECT_EQ(consumer->take(taken, at).done, 2U);
}

TEST_P(RedisMove, WhatIsGivenBackIsTheNextToBeTaken) {
  TestRun run{4};
  const auto queue = open(redis_->url(), run, acked());
  const auto one = queue->make_consumer(clock_);
  const auto other = queue->make_consumer(clock_);
  std::array<Instant, 4> at;
  std::array<CallHandle, 1> taken;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 3), at).done, 3U);

  ASSERT_EQ(one->take(taken, at).done, 1U);
  EXPECT_EQ(one->give_back(taken.front()), QueueResult::ok);
  EXPECT_EQ(one->give_back(taken.front()), QueueResult::rejected) << "it has it no more";
  std::vector<std::uint64_t> order;
  one->take(std::span<CallHandle>{}, std::span<Instant>{});
  for (const CallHandle& call : take_all(*other)) {
    order.push_back(call.sequence);
  }

  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2));
}

TEST_P(RedisMove, AConsumerThatGoesGivesBackWhatItDidNotAcknowledge) {
  TestRun run{4};
  const auto queue = open(redis_->url(), run, acked());
  std::array<Instant, 4> at;
  std::array<CallHandle, 3> taken;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 3), at).done, 3U);
  auto going = queue->make_consumer(clock_);
  ASSERT_EQ(going->take(taken, at).done, 3U);
  going->acknowledge(std::span{taken}.first(1));

  going.reset();

  EXPECT_EQ(queue->redelivered(), 2U);
  EXPECT_EQ(take_all(*queue->make_consumer(clock_)).size(), 2U);
}

TEST_P(RedisMove, WhatASlowConsumerHoldsIsDeliveredAgainAfterTheAckTimeout) {
  TestRun run{4};
  const auto queue = open(redis_->url(), run, acked("100ms"));
  std::array<Instant, 4> at;
  std::array<CallHandle, 2> taken;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 2), at).done, 2U);
  const auto slow = queue->make_consumer(clock_);
  ASSERT_EQ(slow->take(taken, at).done, 2U);
  const Instant taken_at = clock_.now();
  const auto other = queue->make_consumer(clock_);

  const std::vector<CallHandle> again = work_off(*other, 2);

  ASSERT_EQ(again.size(), 2U);
  EXPECT_GE(clock_.now() - taken_at, milliseconds{100});
  EXPECT_EQ(redelivered_soon(*queue, 2), 2U);
  EXPECT_EQ(again.front().record, taken.front().record);
  EXPECT_EQ(slow->acknowledge(taken), QueueResult::ok) << "too late, and without effect";
}

TEST_P(RedisMove, WhatADeadProcessHeldIsDeliveredAgain) {
  TestRun run{4};
  const auto queue = open(redis_->url(), run, acked("100ms"));
  std::array<Instant, 4> at;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 2), at).done, 2U);
  const std::string list = queue->effective_settings()[1].second;

  // What a worker process leaves behind when it is killed in the middle of a call.
  const std::string holder = list + ".held.99999.0";
  ASSERT_EQ(redis_->cli("SADD " + list + ".holders " + holder), "1");
  ASSERT_THAT(redis_->cli("LMOVE " + list + " " + holder + " RIGHT LEFT"), HasSubstr("QMC1"));
  const auto other = queue->make_consumer(clock_);
  const std::vector<CallHandle> got = work_off(*other, 2);

  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got.back().sequence, 0U) << "held until the reaper returned it";
  EXPECT_EQ(redelivered_soon(*queue, 1), 1U);
}

TEST_P(RedisMove, ASweepFindsWhatADeadProcessHeld) {
  TestRun run{4};
  const auto queue = open(redis_->url(), run, acked());
  std::array<Instant, 4> at;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 2), at).done, 2U);
  const std::string list = queue->effective_settings()[1].second;
  const std::string holder = list + ".held.99999.0";
  ASSERT_EQ(redis_->cli("SADD " + list + ".holders " + holder), "1");
  ASSERT_THAT(redis_->cli("LMOVE " + list + " " + holder + " RIGHT LEFT"), HasSubstr("QMC1"));

  queue->close();

  EXPECT_EQ(take_all(*queue->make_consumer(clock_)).size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Moving, RedisMove, testing::Values("move"));

}  // namespace
}  // namespace queuemeter::brokers_test
