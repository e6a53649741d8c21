// SPDX-License-Identifier: Apache-2.0
// What every queue of the catalogue must keep, whatever it is made of. A queue gets these tests by
// its catalogue row; its declared traits say which promises apply.
#include "harness/call/clock.hpp"
#include "harness/queue/queue.hpp"
#include "queue_impls/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter::queues {

void PrintTo(const CatalogueEntry& entry, std::ostream* out) { *out << entry.traits->name; }

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<CatalogueEntry> built_queues() {
  std::vector<CatalogueEntry> built;
  // What needs a server has its contract tested in tests/brokers.
  std::ranges::copy_if(
      catalogue(), std::back_inserter(built),
      [](const CatalogueEntry& entry) { return entry.built && entry.schemes.empty(); });
  return built;
}

class QueueContract : public testing::TestWithParam<CatalogueEntry> {
 protected:
  [[nodiscard]] std::unique_ptr<Queue> make(std::size_t bound,
                                            WaitPolicyKind wait = WaitPolicyKind::spin_park) {
    QueueSettings settings;
    settings.use = GetParam().traits->name;
    settings.bound = bound;
    settings.wait = wait;
    return std::move(open_queue(settings, QueueContext{}).value());
  }
  [[nodiscard]] bool promises(QueueOrder order) const { return GetParam().traits->order == order; }

  /// Records for `count` calls, published, with their numbers as sequences.
  static std::vector<CallHandle> make_calls(std::unique_ptr<CallRecord[]>& records,
                                            std::size_t count) {
    records = std::make_unique<CallRecord[]>(count);
    std::vector<CallHandle> calls;
    for (std::size_t number = 0; number < count; ++number) {
      records[number].publish(number);
      calls.push_back({&records[number], number});
    }
    return calls;
  }

  MonotonicClock clock_;
};

TEST_P(QueueContract, IsListedUnderItsOwnName) {
  EXPECT_EQ(make(8)->traits().name, GetParam().traits->name);
  EXPECT_FALSE(GetParam().traits->summary.empty());
}

TEST_P(QueueContract, GivesBackWhatItTookInTheOrderItDeclares) {
  const auto queue = make(1000);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 1000);
  std::vector<Instant> accepted_at(calls.size());

  const ChunkResult offered = producer->offer(calls, accepted_at);
  std::vector<CallHandle> taken(calls.size());
  std::vector<Instant> taken_at(calls.size());
  const ChunkResult got = consumer->take(taken, taken_at);

  ASSERT_EQ(offered.done, calls.size());
  ASSERT_EQ(got.done, calls.size());
  if (!promises(QueueOrder::fifo) && !promises(QueueOrder::per_producer_fifo)) {
    std::ranges::sort(taken, {}, &CallHandle::sequence);
  }
  for (std::size_t number = 0; number < calls.size(); ++number) {
    ASSERT_EQ(taken[number].record, calls[number].record);
    ASSERT_EQ(taken[number].sequence, number);
    ASSERT_LE(records[number].at.offered_at, accepted_at[number]);
    ASSERT_LE(records[number].at.offered_at, taken_at[number]);
  }
}

TEST_P(QueueContract, CarriesTheLeastAndTheGreatestSequence) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  CallRecord record;
  const std::array<CallHandle, 3> calls{CallHandle{&record, 0}, CallHandle{&record, 1},
                                        CallHandle{&record, ~std::uint64_t{0}}};
  std::array<Instant, 3> at;
  std::array<CallHandle, 3> taken;

  ASSERT_EQ(producer->offer(calls, at).done, calls.size());
  ASSERT_EQ(consumer->take(taken, at).done, calls.size());

  for (const CallHandle& call : calls) {
    EXPECT_NE(std::ranges::find(taken, call.sequence, &CallHandle::sequence), taken.end());
  }
}

TEST_P(QueueContract, IsEmptyBeforeAndAfter) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 1);
  std::array<CallHandle, 4> taken;
  std::array<Instant, 4> at;

  const ChunkResult before = consumer->take(taken, at);
  ASSERT_EQ(producer->offer(calls, at).done, 1U);
  ASSERT_EQ(consumer->take(taken, at).done, 1U);
  const ChunkResult after = consumer->take(taken, at);

  EXPECT_EQ(before.done, 0U);
  EXPECT_EQ(before.result, QueueResult::empty);
  EXPECT_EQ(after.done, 0U);
  EXPECT_EQ(after.result, QueueResult::empty);
}

TEST_P(QueueContract, TakesExactlyItsBoundAndSaysFull) {
  if (GetParam().traits->bound == QueueBound::none) {
    return;
  }
  for (const std::size_t bound : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
    const auto queue = make(bound);
    const auto producer = queue->make_producer(clock_);
    const auto consumer = queue->make_consumer(clock_);
    std::unique_ptr<CallRecord[]> records;
    const std::vector<CallHandle> calls = make_calls(records, bound + 3);
    std::vector<Instant> at(calls.size());
    std::array<CallHandle, 1> one;
    std::array<Instant, 1> one_at;

    const ChunkResult offered = producer->offer(calls, at);
    const ChunkResult again = producer->offer(std::span{calls}.last(1), at);
    ASSERT_EQ(consumer->take(one, one_at).done, 1U);
    const ChunkResult after_one = producer->offer(std::span{calls}.last(2), at);

    EXPECT_EQ(queue->bound(), bound);
    EXPECT_EQ(offered.done, bound) << "prefix semantics: the first calls, and no more";
    EXPECT_EQ(offered.result, QueueResult::full);
    EXPECT_EQ(again.result, QueueResult::full);
    EXPECT_EQ(after_one.done, 1U);
  }
}

TEST_P(QueueContract, TakesAPrefixAndLeavesTheRest) {
  const auto queue = make(16);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 10);
  std::vector<Instant> at(10);
  std::array<CallHandle, 4> taken;

  ASSERT_EQ(producer->offer(calls, at).done, 10U);
  const ChunkResult first = consumer->take(taken, at);
  const ChunkResult second = consumer->take(taken, at);
  const ChunkResult third = consumer->take(taken, at);

  EXPECT_EQ(first.done, 4U);
  EXPECT_EQ(first.result, QueueResult::ok);
  EXPECT_EQ(second.done, 4U);
  EXPECT_EQ(third.done, 2U) << "what is there, without waiting to fill the span";
  if (GetParam().traits->depth != Ability::none) {
    EXPECT_EQ(queue->depth(), 0U);
  }
}

TEST_P(QueueContract, WrapsAroundItsStorageManyTimes) {
  const auto queue = make(3);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 1000);
  std::array<CallHandle, 2> taken;
  std::array<Instant, 2> at;
  std::uint64_t expected = 0;

  for (std::size_t next = 0; next < calls.size(); next += 2) {
    ASSERT_EQ(producer->offer(std::span{calls}.subspan(next, 2), at).done, 2U);
    ASSERT_EQ(consumer->take(taken, at).done, 2U);
    ASSERT_EQ(taken[0].sequence + taken[1].sequence, 2 * expected + 1);
    expected += 2;
  }
}

TEST_P(QueueContract, AfterCloseOffersFailAndTakesDrainFirst) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 2);
  std::array<CallHandle, 4> taken;
  std::array<Instant, 4> at;

  ASSERT_EQ(producer->offer(std::span{calls}.first(1), at).done, 1U);
  queue->close();
  queue->close();
  const ChunkResult offered = producer->offer(std::span{calls}.last(1), at);
  const ChunkResult rest = consumer->take(taken, at);
  const ChunkResult nothing = consumer->take(taken, at);

  EXPECT_EQ(offered.result, QueueResult::closed);
  EXPECT_EQ(offered.done, 0U);
  EXPECT_EQ(rest.done, 1U);
  EXPECT_EQ(nothing.result, QueueResult::closed);
  EXPECT_EQ(consumer->wait(clock_.now() + seconds{5}), QueueResult::closed);
}

TEST_P(QueueContract, WaitingEndsByTimeByCallByInterruptAndByClose) {
  for (const WaitPolicyKind wait :
       {WaitPolicyKind::spin, WaitPolicyKind::spin_yield, WaitPolicyKind::spin_park}) {
    const auto queue = make(8, wait);
    const auto consumer = queue->make_consumer(clock_);

    const Instant until = clock_.now() + milliseconds{5};
    EXPECT_EQ(consumer->wait(until), QueueResult::timed_out);
    EXPECT_GE(clock_.now(), until);

    std::unique_ptr<CallRecord[]> records;
    const std::vector<CallHandle> calls = make_calls(records, 1);
    std::jthread producing{[&] {
      std::this_thread::sleep_for(milliseconds{5});
      std::array<Instant, 1> at;
      queue->make_producer(clock_)->offer(calls, at);
    }};
    EXPECT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::empty) << "try again";
    producing.join();
    std::array<CallHandle, 1> taken;
    std::array<Instant, 1> at;
    ASSERT_EQ(consumer->take(taken, at).done, 1U);

    std::atomic<bool> returned{false};
    std::jthread interrupting{[&] {
      while (!returned.load()) {
        std::this_thread::sleep_for(milliseconds{2});
        queue->interrupt();
      }
    }};
    EXPECT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::timed_out);
    returned = true;
    interrupting.join();

    std::jthread closing{[&] {
      std::this_thread::sleep_for(milliseconds{5});
      queue->close();
    }};
    EXPECT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::closed);
  }
}

/// Producers and consumers hammer a small queue; every call must arrive exactly once, and a
/// consumer must see the calls of one producer in order where the queue declares an order.
TEST_P(QueueContract, LosesNothingAndDuplicatesNothingUnderChurn) {
  const QueueTraits& traits = *GetParam().traits;
  const std::size_t producers = traits.producers == QueueEnds::one ? 1 : 3;
  const std::size_t consumers = traits.consumers == QueueEnds::one ? 1 : 3;
  constexpr std::size_t calls_each = 20'000;
  const auto queue = make(32, WaitPolicyKind::spin_park);
  auto records = std::make_unique<CallRecord[]>(producers * calls_each);
  std::vector<std::atomic<int>> seen(producers * calls_each);
  std::atomic<std::uint64_t> disorder{0};

  std::vector<std::jthread> consuming;
  for (std::size_t number = 0; number < consumers; ++number) {
    consuming.emplace_back([&] {
      std::vector<std::int64_t> latest(producers, -1);
      // New ends again and again: threads come and go.
      while (true) {
        const auto consumer = queue->make_consumer(clock_);
        for (int round = 0; round < 1000; ++round) {
          std::array<CallHandle, 7> taken;
          std::array<Instant, 7> at;
          const ChunkResult chunk = consumer->take(taken, at);
          for (std::size_t index = 0; index < chunk.done; ++index) {
            const std::uint64_t call = taken[index].sequence;
            ASSERT_EQ(taken[index].record, &records[call]);
            seen[call].fetch_add(1);
            const std::size_t producer = call / calls_each;
            disorder += latest[producer] > static_cast<std::int64_t>(call) ? 1U : 0U;
            latest[producer] = static_cast<std::int64_t>(call);
          }
          if (chunk.done == 0 && chunk.result == QueueResult::closed) {
            return;
          }
          if (chunk.done == 0) {
            consumer->wait(clock_.now() + seconds{30});
          }
        }
      }
    });
  }
  std::vector<std::jthread> producing;
  for (std::size_t number = 0; number < producers; ++number) {
    producing.emplace_back([&, number] {
      std::size_t next = number * calls_each;
      const std::size_t end = next + calls_each;
      while (next < end) {
        const auto producer = queue->make_producer(clock_);
        for (int round = 0; round < 1000 && next < end; ++round) {
          std::array<CallHandle, 5> calls;
          std::array<Instant, 5> at;
          const std::size_t count = std::min<std::size_t>(calls.size(), end - next);
          for (std::size_t index = 0; index < count; ++index) {
            calls[index] = {&records[next + index], next + index};
          }
          next += producer->offer(std::span{calls}.first(count), at).done;
        }
      }
    });
  }
  producing.clear();
  queue->close();
  consuming.clear();

  EXPECT_TRUE(std::ranges::all_of(seen, [](const std::atomic<int>& times) { return times == 1; }));
  if (promises(QueueOrder::fifo) || promises(QueueOrder::per_producer_fifo)) {
    EXPECT_EQ(disorder.load(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, QueueContract, testing::ValuesIn(built_queues()),
                         [](const testing::TestParamInfo<CatalogueEntry>& entry) {
                           return std::string{entry.param.traits->name};
                         });

TEST(Catalogue, RefusesWhatItCannotOpenWithASentence) {
  QueueSettings unknown;
  unknown.use = "mutex_dequeue";
  QueueSettings url;
  url.use = "redis://:secret@127.0.0.1:6379/0";
  QueueSettings options;
  options.options = {{"stripes", "4"}};
  QueueSettings huge;
  huge.use = "null";
  huge.bound = std::size_t{1} << 40U;

  EXPECT_NE(open_queue(unknown, QueueContext{}).error().what.find("use one of null, mutex_deque"),
            std::string::npos);
  EXPECT_EQ(open_queue(url, QueueContext{}).error().what.find("secret"), std::string::npos);
  EXPECT_NE(open_queue(url, QueueContext{}).error().what.find("not built yet"), std::string::npos);
  EXPECT_NE(open_queue(options, QueueContext{}).error().what.find("stripes"), std::string::npos);
  EXPECT_NE(open_queue(huge, QueueContext{}).error().what.find("67108864"), std::string::npos);
}

}  // namespace
}  // namespace queuemeter::queues
