// SPDX-License-Identifier: Apache-2.0
// What every queue of the catalogue must keep, whatever it is made of. A queue gets these tests by
// its catalogue row; its declared traits say which promises apply.
#include "tests/contract/queue_usage.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace queuemeter::queues {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_P(QueueContract, IsListedUnderItsOwnName) {
  EXPECT_EQ(make(8)->traits().name, traits().name);
  EXPECT_FALSE(traits().summary.empty());
}

TEST_P(QueueContract, GivesBackWhatItTookInTheOrderItDeclares) {
  const std::size_t count = many();
  const auto queue = make(count);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(count);
  std::vector<Instant> accepted_at(count);
  std::vector<CallHandle> taken(count);
  std::vector<Instant> taken_at(count);

  const ChunkResult offered = producer->offer(sent, accepted_at);
  const ChunkResult got = take(*queue, *consumer, taken, taken_at);

  ASSERT_EQ(offered.done, count);
  ASSERT_EQ(got.done, count);
  if (!promises(QueueOrder::fifo) && !promises(QueueOrder::per_producer_fifo)) {
    std::ranges::sort(taken, {}, &CallHandle::sequence);
  }
  for (std::size_t number = 0; number < count; ++number) {
    ASSERT_EQ(taken[number].record, sent[number].record);
    ASSERT_EQ(taken[number].sequence, number);
    ASSERT_LE(record(number).at.offered_at, accepted_at[number]);
    ASSERT_LE(record(number).at.offered_at, taken_at[number]);
  }
  EXPECT_EQ(records_.foreign(), 0U);
}

TEST_P(QueueContract, CarriesTheLeastAndTheGreatestSequence) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::array<CallHandle, 3> sent{call(0, 0), call(1, 1), call(2, ~std::uint64_t{0})};
  std::array<Instant, 3> at;
  std::array<CallHandle, 3> taken;

  ASSERT_EQ(producer->offer(sent, at).done, sent.size());
  ASSERT_EQ(take(*queue, *consumer, taken, at).done, sent.size());

  for (const CallHandle& call : sent) {
    EXPECT_NE(std::ranges::find(taken, call.sequence, &CallHandle::sequence), taken.end());
  }
}

TEST_P(QueueContract, IsEmptyBeforeAndAfter) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(1);
  std::array<CallHandle, 4> taken;
  std::array<Instant, 4> at;

  const ChunkResult before = consumer->take(taken, at);
  ASSERT_EQ(producer->offer(sent, at).done, 1U);
  ASSERT_EQ(take(*queue, *consumer, taken, at).done, 1U);
  const ChunkResult after = consumer->take(taken, at);

  EXPECT_EQ(before.done, 0U);
  EXPECT_EQ(before.result, QueueResult::empty);
  EXPECT_EQ(after.done, 0U);
  EXPECT_EQ(after.result, QueueResult::empty);
}

TEST_P(QueueContract, TakesAPrefixAndLeavesTheRest) {
  const auto queue = make(16);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(10);
  std::vector<Instant> at(10);
  std::array<CallHandle, 4> taken;

  ASSERT_EQ(producer->offer(sent, at).done, 10U);
  const ChunkResult first = take(*queue, *consumer, taken, at);
  const ChunkResult second = take(*queue, *consumer, taken, at);
  const ChunkResult third = take(*queue, *consumer, taken, at);

  EXPECT_EQ(first.done, 4U);
  EXPECT_EQ(first.result, QueueResult::ok);
  EXPECT_EQ(second.done, 4U);
  EXPECT_EQ(third.done, 2U) << "what is there, without waiting to fill the span";
}

TEST_P(QueueContract, WrapsAroundItsStorageManyTimes) {
  const auto queue = make(3);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(1000);
  std::array<CallHandle, 2> taken;
  std::array<Instant, 2> at;
  std::uint64_t expected = 0;

  for (std::size_t next = 0; next < sent.size(); next += 2) {
    ASSERT_EQ(producer->offer(std::span{sent}.subspan(next, 2), at).done, 2U);
    ASSERT_EQ(take(*queue, *consumer, taken, at).done, 2U);
    ASSERT_EQ(taken[0].sequence + taken[1].sequence, 2 * expected + 1);
    expected += 2;
  }
}

TEST_P(QueueContract, AfterCloseOffersFailAndTakesDrainFirst) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(2);
  std::array<CallHandle, 4> taken;
  std::array<Instant, 4> at;

  ASSERT_EQ(producer->offer(std::span{sent}.first(1), at).done, 1U);
  queue->close();
  queue->close();
  const ChunkResult offered = producer->offer(std::span{sent}.last(1), at);
  const ChunkResult rest = take(*queue, *consumer, taken, at);
  const ChunkResult nothing = consumer->take(taken, at);

  EXPECT_EQ(offered.result, QueueResult::closed);
  EXPECT_EQ(offered.done, 0U);
  EXPECT_EQ(rest.done, 1U);
  EXPECT_EQ(nothing.result, QueueResult::closed);
  EXPECT_EQ(consumer->wait(clock_.now() + seconds{5}), QueueResult::closed);
  EXPECT_TRUE(queue->can_be_swept());
  EXPECT_EQ(queue->loss_reason(0), Reason::none);
}

TEST_P(QueueContract, KeepsTheStampOfACallThatWasHeld) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const std::vector<CallHandle> sent = calls(2);
  std::array<Instant, 2> accepted_at;
  const Instant held_since = instant_from_nanoseconds(1);
  record(0).at.offered_at = held_since;

  ASSERT_EQ(producer->offer(sent, accepted_at).done, 2U);

  EXPECT_EQ(record(0).at.offered_at, held_since);
  EXPECT_GT(record(1).at.offered_at, held_since);
  EXPECT_GT(accepted_at[0], held_since);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, QueueContract, testing::ValuesIn(usages()), name_of);

/// What a bound promises, of queues that have one or are given one.
class BoundedQueue : public QueueContract {};

TEST_P(BoundedQueue, TakesExactlyItsBoundAndSaysFull) {
  for (const std::size_t bound : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
    const auto queue = make(bound);
    const auto producer = queue->make_producer(clock_);
    const auto consumer = queue->make_consumer(clock_);
    const std::vector<CallHandle> sent = calls(bound + 3);
    std::vector<Instant> at(sent.size());
    std::array<CallHandle, 1> one;
    std::array<Instant, 1> one_at;

    const ChunkResult offered = producer->offer(sent, at);
    const ChunkResult again = producer->offer(std::span{sent}.last(1), at);
    ASSERT_EQ(take(*queue, *consumer, one, one_at).done, 1U);
    const ChunkResult after_one = producer->offer(std::span{sent}.last(2), at);

    EXPECT_EQ(queue->bound(), bound);
    EXPECT_EQ(offered.done, bound) << "prefix semantics: the first calls, and no more";
    EXPECT_EQ(offered.result, QueueResult::full);
    EXPECT_EQ(again.result, QueueResult::full);
    EXPECT_EQ(after_one.done, 1U);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, BoundedQueue,
                         testing::ValuesIn(usages_where([](const QueueTraits& traits) {
                           return traits.bound != QueueBound::none;
                         })),
                         name_of);

/// A queue that no setting can bound.
class BoundlessQueue : public QueueContract {};

TEST_P(BoundlessQueue, RefusesABound) {
  QueueSettings bounded = settings(8, WaitPolicyKind::spin);
  bounded.bound = 100;

  const auto refused = open_queue(bounded, QueueContext{});

  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().what.find("has no bound"), std::string::npos);
  EXPECT_EQ(make(8)->bound(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, BoundlessQueue,
                         testing::ValuesIn(usages_where([](const QueueTraits& traits) {
                           return traits.bound == QueueBound::none;
                         })),
                         name_of);
// Where moodycamel is not built there is none.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BoundlessQueue);

/// A queue that can count what is in it: at once, or by asking a server.
class CountingQueue : public QueueContract {
 protected:
  /// The depth, once it is `expected`, or whatever it is after five seconds.
  static std::optional<std::size_t> depth_soon(const Queue& queue, std::size_t expected) {
    std::optional<std::size_t> depth = queue.depth();
    for (int look = 0; depth != expected && look < 5000; ++look) {
      std::this_thread::sleep_for(milliseconds{1});
      depth = queue.depth();
    }
    return depth;
  }
};

TEST_P(CountingQueue, KnowsHowManyCallsWait) {
  const auto queue = make(16);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::vector<Instant> at(10);
  std::array<CallHandle, 10> taken;

  EXPECT_EQ(depth_soon(*queue, 0), 0U);
  ASSERT_EQ(producer->offer(calls(10), at).done, 10U);
  EXPECT_EQ(depth_soon(*queue, 10), 10U);
  ASSERT_EQ(take(*queue, *consumer, taken, at).done, 10U);
  EXPECT_EQ(depth_soon(*queue, 0), 0U);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, CountingQueue,
                         testing::ValuesIn(usages_where([](const QueueTraits& traits) {
                           return traits.depth != Ability::none;
                         })),
                         name_of);

}  // namespace
}  // namespace queuemeter::queues
