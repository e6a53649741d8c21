// SPDX-License-Identifier: Apache-2.0
// How often queues in the process read the clock: for each call, or for each chunk. A broker's
// client reads it when answers come, and the kernel's queue around each message.
#include "tests/contract/queue_usage.hpp"

#include <cstdint>
#include <vector>

namespace queuemeter::queues {
namespace {

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

class StampsOfAQueue : public QueueContract {
 protected:
  SteppingClock steps_;
};

TEST_P(StampsOfAQueue, AreReadForEachCallOrForEachChunk) {
  constexpr std::size_t count = 10;
  const auto queue = make(64);
  const auto producer = queue->make_producer(steps_);
  const auto consumer = queue->make_consumer(steps_);
  const std::vector<CallHandle> sent = calls(count);
  std::vector<Instant> accepted_at(count);
  std::vector<CallHandle> taken(count);
  std::vector<Instant> taken_at(count);

  ASSERT_EQ(producer->offer(sent, accepted_at).done, count);
  ASSERT_EQ(consumer->take(taken, taken_at).done, count);

  const bool shared = GetParam().stamps == Stamps::shared;
  EXPECT_EQ(steps_.readings(), shared ? 3 : 3 * static_cast<std::int64_t>(count));
  EXPECT_EQ(record(0).at.offered_at == record(count - 1).at.offered_at, shared);
  EXPECT_EQ(accepted_at.front() == accepted_at.back(), shared);
  EXPECT_EQ(taken_at.front() == taken_at.back(), shared);
}

TEST_P(StampsOfAQueue, TellTheAcceptanceOnlyWhereSomebodyWantsIt) {
  constexpr std::size_t count = 5;
  const auto queue = make(8, WaitPolicyKind::spin, false);
  const auto producer = queue->make_producer(steps_);
  const std::vector<CallHandle> sent = calls(count);
  std::vector<Instant> accepted_at(count);

  ASSERT_EQ(producer->offer(sent, accepted_at).done, count);

  // One reading for a chunk is not worth a mode: shared stamps always have both.
  const bool shared = GetParam().stamps == Stamps::shared;
  EXPECT_EQ(steps_.readings(), shared ? 2 : static_cast<std::int64_t>(count));
  for (std::size_t number = 0; number < count; ++number) {
    EXPECT_EQ(accepted_at[number] == record(number).at.offered_at, !shared);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, StampsOfAQueue,
                         testing::ValuesIn(usages_where([](const QueueTraits& traits) {
                           return traits.scope == QueueScope::threads;
                         })),
                         name_of);

}  // namespace
}  // namespace queuemeter::queues
