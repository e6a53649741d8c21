// SPDX-License-Identifier: Apache-2.0
// What every queue of the catalogue must keep, whatever it is made of. A queue gets these tests by
// its catalogue row; its declared traits say which promises apply.
#include "harness/call/clock.hpp"
#include "harness/queue/queue.hpp"
#include "queue_impls/catalogue.hpp"

#include <gmock/gmock.h>
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
#include <utility>
#include <vector>

#if defined(__SANITIZE_THREAD__)
/// Boost's free list reads nodes that others write, and throws away what it read in that case.
/// moodycamel orders its slots by fences, which the sanitizer does not follow. The records behind
/// the handles are ordered by their own state, and are looked at.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::lockfree::queue\nrace:moodycamel::ConcurrentQueue\n";
}
#endif

namespace queuemeter::queues {

/// A queue, and one way to use it.
struct Usage {
  CatalogueEntry entry;
  std::string way;
  std::size_t batch = 1;
  Stamps stamps = Stamps::own;
  std::vector<std::pair<std::string, std::string>> options = {};
};

void PrintTo(const Usage& usage, std::ostream* out) {
  *out << usage.entry.traits->name << ' ' << usage.way;
}

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Queues in the process, which carry handles; what needs a server or the kernel has its contract
/// tested in tests/brokers and tests/ipc.
std::vector<Usage> usages() {
  std::vector<Usage> usages;
  for (const CatalogueEntry& entry : catalogue()) {
    if (!entry.built || entry.traits->scope != QueueScope::threads) {
      continue;
    }
    usages.push_back({.entry = entry, .way = "one_by_one"});
    usages.push_back({.entry = entry, .way = "batches_of_4", .batch = 4});
    usages.push_back(
        {.entry = entry, .way = "shared_stamps", .batch = 32, .stamps = Stamps::shared});
    if (std::ranges::find(entry.options, "first_ticket") != entry.options.end()) {
      usages.push_back({.entry = entry,
                        .way = "counters_wrap",
                        .batch = 3,
                        .options = {{"first_ticket", "18446744073709551610"}}});
    }
  }
  return usages;
}

class QueueContract : public testing::TestWithParam<Usage> {
 protected:
  [[nodiscard]] static const QueueTraits& traits() { return *GetParam().entry.traits; }
  [[nodiscard]] static std::unique_ptr<Queue> make(std::size_t bound,
                                                   WaitPolicyKind wait = WaitPolicyKind::spin_park,
                                                   const QueueContext& context = {}) {
    QueueSettings settings;
    settings.use = traits().name;
    if (traits().bound != QueueBound::none) {
      settings.bound = bound;
    }
    settings.wait = wait;
    settings.batch = GetParam().batch;
    settings.stamps = GetParam().stamps;
    settings.options = GetParam().options;
    return std::move(open_queue(settings, context).value());
  }
  [[nodiscard]] bool promises(QueueOrder order) const { return traits().order == order; }

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
  EXPECT_EQ(make(8)->traits().name, traits().name);
  EXPECT_FALSE(traits().summary.empty());
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
  if (traits().bound == QueueBound::none) {
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
  if (traits().depth != Ability::none) {
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

/// Steps by a nanosecond at every reading. One thread.
class SteppingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override {
    return instant_from_nanoseconds(++readings_);
  }
  [[nodiscard]] std::int64_t readings() const noexcept { return readings_; }

 private:
  mutable std::int64_t readings_ = 0;
};

TEST_P(QueueContract, ReadsTheClockForEachCallOrForEachChunk) {
  constexpr std::size_t count = 10;
  const SteppingClock clock;
  const auto queue = make(64);
  const auto producer = queue->make_producer(clock);
  const auto consumer = queue->make_consumer(clock);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, count);
  std::vector<Instant> accepted_at(count);
  std::vector<CallHandle> taken(count);
  std::vector<Instant> taken_at(count);

  ASSERT_EQ(producer->offer(calls, accepted_at).done, count);
  ASSERT_EQ(consumer->take(taken, taken_at).done, count);

  const bool shared = GetParam().stamps == Stamps::shared;
  EXPECT_EQ(clock.readings(), shared ? 3 : 3 * static_cast<std::int64_t>(count));
  EXPECT_EQ(records[0].at.offered_at == records[count - 1].at.offered_at, shared);
  EXPECT_EQ(accepted_at.front() == accepted_at.back(), shared);
  EXPECT_EQ(taken_at.front() == taken_at.back(), shared);
}

TEST_P(QueueContract, KeepsTheStampOfACallThatWasHeld) {
  const auto queue = make(8);
  const auto producer = queue->make_producer(clock_);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 2);
  std::array<Instant, 2> accepted_at;
  const Instant held_since = instant_from_nanoseconds(1);
  records[0].at.offered_at = held_since;

  ASSERT_EQ(producer->offer(calls, accepted_at).done, 2U);

  EXPECT_EQ(records[0].at.offered_at, held_since);
  EXPECT_GT(records[1].at.offered_at, held_since);
  EXPECT_GT(accepted_at[0], held_since);
}

TEST_P(QueueContract, StampsTheAcceptanceOnlyWhereSomebodyWantsIt) {
  if (GetParam().stamps == Stamps::shared) {
    return;  // one reading for a chunk is not worth a mode
  }
  const SteppingClock clock;
  const auto queue = make(8, WaitPolicyKind::spin, QueueContext{.stamps_admission = false});
  const auto producer = queue->make_producer(clock);
  std::unique_ptr<CallRecord[]> records;
  const std::vector<CallHandle> calls = make_calls(records, 5);
  std::vector<Instant> accepted_at(calls.size());

  ASSERT_EQ(producer->offer(calls, accepted_at).done, calls.size());

  EXPECT_EQ(clock.readings(), 5);
  for (std::size_t number = 0; number < calls.size(); ++number) {
    EXPECT_EQ(accepted_at[number], records[number].at.offered_at);
  }
}

/// Producers and consumers hammer a small queue; every call must arrive exactly once, and a
/// consumer must see the calls of one producer in order where the queue declares an order.
TEST_P(QueueContract, LosesNothingAndDuplicatesNothingUnderChurn) {
  const std::size_t producers = traits().producers == QueueEnds::one ? 1 : 3;
  const std::size_t consumers = traits().consumers == QueueEnds::one ? 1 : 3;
  constexpr std::size_t calls_each = 20'000;
  const auto queue =
      make(32, GetParam().batch == 1 ? WaitPolicyKind::spin_park : WaitPolicyKind::spin_yield);
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
        // A queue that keeps order for each producer keeps it for as long as its end lives.
        const bool stays = promises(QueueOrder::per_producer_fifo);
        const auto producer = queue->make_producer(clock_);
        for (int round = 0; (stays || round < 1000) && next < end; ++round) {
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

INSTANTIATE_TEST_SUITE_P(Catalogue, QueueContract, testing::ValuesIn(usages()),
                         [](const testing::TestParamInfo<Usage>& usage) {
                           return std::string{usage.param.entry.traits->name} + "_" +
                                  usage.param.way;
                         });

TEST(Catalogue, RefusesWhatItCannotOpenWithASentence) {
  const auto complaint = [](const QueueSettings& settings) {
    return open_queue(settings, QueueContext{}).error().what;
  };
  QueueSettings unknown;
  unknown.use = "mutex_dequeue";
  QueueSettings url;
  url.use = "amqp://somebody:secret@127.0.0.1:5672/";
  QueueSettings option;
  option.options = {{"stripes", "4"}};
  QueueSettings other_option;
  other_option.use = "spsc_ring";
  other_option.options = {{"stripes", "4"}};
  QueueSettings no_number;
  no_number.use = "spsc_ring";
  no_number.options = {{"first_ticket", "4 or so"}};
  QueueSettings huge;
  huge.use = "null";
  huge.bound = std::size_t{1} << 40U;

  EXPECT_THAT(complaint(unknown), HasSubstr("\"mutex_dequeue\"; use one of null, mutex_deque"));
  EXPECT_THAT(complaint(url), AllOf(HasSubstr("for amqp://"), Not(HasSubstr("secret"))));
  EXPECT_THAT(complaint(option), HasSubstr("stripes: mutex_deque has no options"));
  EXPECT_THAT(complaint(other_option), HasSubstr("use one of first_ticket"));
  EXPECT_THAT(complaint(no_number), HasSubstr("\"4 or so\" is not a number"));
  EXPECT_THAT(complaint(huge), HasSubstr("67108864"));
}

TEST(Catalogue, FindsARowByItsNameOrByTheSchemeOfAUrl) {
  EXPECT_EQ(find_for("spsc_ring"), find("spsc_ring"));
  EXPECT_EQ(find_for("amqp://127.0.0.1"), nullptr);
  for (const CatalogueEntry& entry : catalogue()) {
    for (const std::string_view scheme : entry.schemes) {
      EXPECT_EQ(find_for(std::string{scheme} + "://127.0.0.1:1/0"), &entry);
    }
  }
}

TEST(Moodycamel, HasNoBoundToSet) {
  if (!find("moodycamel")->built) {
    GTEST_SKIP() << find("moodycamel")->not_built_because;
  }
  QueueSettings settings;
  settings.use = "moodycamel";
  settings.bound = 100;

  EXPECT_THAT(open_queue(settings, QueueContext{}).error().what, HasSubstr("has no bound"));
  settings.bound.reset();
  EXPECT_EQ(open_queue(settings, QueueContext{}).value()->bound(), std::nullopt);
}

}  // namespace
}  // namespace queuemeter::queues
