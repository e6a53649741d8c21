// SPDX-License-Identifier: Apache-2.0
// The part of the queue contract that takes several threads: waiting, and churn.
#include "tests/contract/queue_usage.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace queuemeter::queues {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WaitingQueue : public QueueContract {
 protected:
  static constexpr std::array policies{WaitPolicyKind::spin, WaitPolicyKind::spin_yield,
                                       WaitPolicyKind::spin_park};
  [[nodiscard]] Instant far_away() const { return clock_.now() + seconds{30}; }

  /// Something that happens to a queue soon, while somebody waits for it.
  template <class What>
  static std::jthread soon(What what) {
    return std::jthread{[what] {
      std::this_thread::sleep_for(milliseconds{5});
      what();
    }};
  }
};

TEST_P(WaitingQueue, EndsByTime) {
  for (const WaitPolicyKind wait : policies) {
    const auto queue = make(8, wait);
    const auto consumer = queue->make_consumer(clock_);

    const Instant until = clock_.now() + milliseconds{5};

    EXPECT_EQ(consumer->wait(until), QueueResult::timed_out);
    EXPECT_GE(clock_.now(), until);
  }
}

TEST_P(WaitingQueue, EndsByACall) {
  for (const WaitPolicyKind wait : policies) {
    const auto queue = make(8, wait);
    const auto consumer = queue->make_consumer(clock_);
    const std::vector<CallHandle> sent = calls(1);
    std::array<CallHandle, 1> taken;
    std::array<Instant, 1> taken_at;

    const std::jthread producing = soon([&] {
      std::array<Instant, 1> accepted_at;
      queue->make_producer(clock_)->offer(sent, accepted_at);
    });

    EXPECT_EQ(consumer->wait(far_away()), QueueResult::empty) << "try again";
    EXPECT_EQ(take(*queue, *consumer, taken, taken_at).done, 1U);
  }
}

TEST_P(WaitingQueue, EndsByEveryInterrupt) {
  for (const WaitPolicyKind wait : policies) {
    const auto queue = make(8, wait);
    const auto consumer = queue->make_consumer(clock_);
    std::atomic<bool> over{false};
    // Just before it blocks or while it does: no wait lasts.
    std::jthread interrupting{[&] {
      while (!over) {
        std::this_thread::sleep_for(std::chrono::microseconds{300});
        queue->interrupt();
      }
    }};

    for (int round = 0; round < 50; ++round) {
      ASSERT_EQ(consumer->wait(far_away()), QueueResult::timed_out);
    }

    over = true;
  }
}

TEST_P(WaitingQueue, EndsByClosing) {
  for (const WaitPolicyKind wait : policies) {
    const auto queue = make(8, wait);
    const auto consumer = queue->make_consumer(clock_);

    const std::jthread closing = soon([&] { queue->close(); });

    EXPECT_EQ(consumer->wait(far_away()), QueueResult::closed);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, WaitingQueue, testing::ValuesIn(usages()), name_of);

/// Producers and consumers hammer a small queue; every call must arrive exactly once, and a
/// consumer must see the calls of one producer in order where the queue declares an order.
class QueueUnderChurn : public QueueContract {
 protected:
  static constexpr std::uint64_t in_memory = 20'000;
  static constexpr std::uint64_t over_the_kernel = 10'000;
  static constexpr std::uint64_t over_a_network = 3'000;

  static std::size_t ends(QueueEnds ends) { return ends == QueueEnds::one ? 1 : 3; }
  static std::uint64_t calls_each() {
    switch (traits().scope) {
      case QueueScope::threads:
        return in_memory;
      case QueueScope::processes:
        return over_the_kernel;
      case QueueScope::hosts:
        return over_a_network;
    }
    return in_memory;
  }
  /// Operations that one end lives for: threads come and go.
  static constexpr int life = 1000;

  void consume(Queue& queue);
  void produce(Queue& queue, std::uint64_t first, std::uint64_t end);
  void note(const CallHandle& taken, std::vector<std::int64_t>& latest);

  const std::size_t producers_ = ends(traits().producers);
  std::vector<CallHandle> calls_ = calls(producers_ * calls_each());
  std::vector<std::atomic<int>> seen_ = std::vector<std::atomic<int>>(calls_.size());
  std::atomic<std::uint64_t> disorder_{0};
};

void QueueUnderChurn::note(const CallHandle& taken, std::vector<std::int64_t>& latest) {
  ASSERT_EQ(taken.record, calls_[taken.sequence].record);
  seen_[taken.sequence].fetch_add(1);
  std::int64_t& before = latest[taken.sequence / calls_each()];
  disorder_ += before > static_cast<std::int64_t>(taken.sequence) ? 1U : 0U;
  before = static_cast<std::int64_t>(taken.sequence);
}

void QueueUnderChurn::consume(Queue& queue) {
  std::vector<std::int64_t> latest(producers_, -1);
  for (;;) {
    const auto consumer = queue.make_consumer(clock_);
    // It ends with a take, not with a wait, which may have fetched something for it.
    for (int takes = 0; takes < life;) {
      std::array<CallHandle, 7> taken;
      std::array<Instant, 7> at;
      const ChunkResult chunk = take(queue, *consumer, taken, at);
      for (const CallHandle& call : std::span{taken}.first(chunk.done)) {
        note(call, latest);
      }
      if (chunk.done == 0 && chunk.result == QueueResult::closed) {
        return;
      }
      if (chunk.done == 0) {
        consumer->wait(clock_.now() + seconds{30});
      } else {
        ++takes;
      }
    }
  }
}

void QueueUnderChurn::produce(Queue& queue, std::uint64_t first, std::uint64_t end) {
  std::array<Instant, 5> at;
  while (first < end) {
    // A queue that keeps order for each producer keeps it for as long as its end lives.
    const bool stays = promises(QueueOrder::per_producer_fifo);
    const auto producer = queue.make_producer(clock_);
    for (int round = 0; (stays || round < life) && first < end; ++round) {
      const std::size_t count = std::min<std::uint64_t>(at.size(), end - first);
      first += producer->offer(std::span{calls_}.subspan(first, count), at).done;
    }
  }
}

TEST_P(QueueUnderChurn, LosesNothingAndDuplicatesNothing) {
  const auto queue =
      make(32, GetParam().batch == 1 ? WaitPolicyKind::spin_park : WaitPolicyKind::spin_yield);

  std::vector<std::jthread> consuming;
  for (std::size_t number = 0; number < ends(traits().consumers); ++number) {
    consuming.emplace_back([&] { consume(*queue); });
  }
  std::vector<std::jthread> producing;
  for (std::size_t number = 0; number < producers_; ++number) {
    producing.emplace_back(
        [&, number] { produce(*queue, number * calls_each(), (number + 1) * calls_each()); });
  }
  producing.clear();
  queue->close();
  consuming.clear();

  EXPECT_TRUE(std::ranges::all_of(seen_, [](const std::atomic<int>& times) { return times == 1; }));
  EXPECT_EQ(queue->redelivered(), 0U);
  // What a broker's consumer has fetched and not handed out goes back when it goes, behind what
  // others have taken meanwhile.
  if (traits().scope != QueueScope::hosts &&
      (promises(QueueOrder::fifo) || promises(QueueOrder::per_producer_fifo))) {
    EXPECT_EQ(disorder_.load(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, QueueUnderChurn, testing::ValuesIn(usages()), name_of);

}  // namespace
}  // namespace queuemeter::queues
