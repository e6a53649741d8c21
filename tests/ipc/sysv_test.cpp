// SPDX-License-Identifier: Apache-2.0
// What a System V queue must keep of the queue contract, and its limits.
#include "harness/call/clock.hpp"
#include "harness/call/wire.hpp"
#include "harness/path/record_table.hpp"
#include "queue_impls/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <thread>
#include <vector>

namespace queuemeter::queues {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class SysvQueueTest : public testing::Test {
 protected:
  SysvQueueTest() { records_.make_room(100'000); }

  [[nodiscard]] Result<std::unique_ptr<Queue>> open(QueueSettings settings = {},
                                                    std::uint32_t payload = 0) {
    settings.use = "sysv";
    return open_queue(
        settings,
        {.run_id = records_.run_id(), .seed = 3, .intake = &records_, .largest_payload = payload});
  }
  [[nodiscard]] std::unique_ptr<Queue> make(std::optional<std::size_t> bound = {},
                                            WaitPolicyKind wait = WaitPolicyKind::spin_park) {
    QueueSettings settings;
    settings.bound = bound;
    settings.wait = wait;
    return std::move(open(settings).value());
  }
  /// A published call, with its number for a sequence.
  CallHandle call(std::uint64_t number, std::uint32_t payload = 0) {
    CallRecord& record = records_.records()[number];
    record.call.run_id = records_.run_id();
    record.call.sequence = number;
    record.call.payload_bytes = payload;
    record.at = Instants{};
    record.publish(number);
    return {&record, number};
  }
  std::vector<CallHandle> calls(std::size_t count) {
    std::vector<CallHandle> made;
    for (std::uint64_t number = 0; number < count; ++number) {
      made.push_back(call(number));
    }
    return made;
  }
  static std::string setting(const Queue& queue, std::string_view name) {
    for (const auto& [key, value] : queue.effective_settings()) {
      if (key == name) {
        return value;
      }
    }
    return "";
  }

  MonotonicClock clock_;
  RecordTable records_{77};
};

TEST_F(SysvQueueTest, GivesBackWhatItTookInOrderWithItsInstants) {
  const auto queue = make();
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(100);
  std::vector<Instant> accepted_at(100);
  std::vector<CallHandle> taken(100);
  std::vector<Instant> taken_at(100);

  ASSERT_EQ(producer->offer(sent, accepted_at).done, 100U);
  EXPECT_EQ(queue->depth(), 100U);
  ASSERT_EQ(consumer->take(taken, taken_at).done, 100U);

  EXPECT_EQ(queue->depth(), 0U);
  for (std::size_t index = 0; index < 100; ++index) {
    ASSERT_EQ(taken[index].record, sent[index].record);
    ASSERT_EQ(taken[index].sequence, index);
    ASSERT_LE(sent[index].record->at.offered_at, accepted_at[index]);
    ASSERT_LE(accepted_at[index], taken_at[index]);
  }
}

TEST_F(SysvQueueTest, IsFullAtItsBytes) {
  const auto queue = std::move(open({}, 256).value());
  const auto producer = queue->make_producer(clock_);
  std::array<Instant, 1> at;
  std::size_t accepted = 0;
  QueueResult result = QueueResult::ok;

  while (result == QueueResult::ok && accepted < 100'000) {
    const CallHandle next = call(accepted, 256);
    result = producer->offer({&next, 1}, at).result;
    accepted += result == QueueResult::ok ? 1U : 0U;
  }

  const std::size_t bytes = std::stoul(setting(*queue, "msg_qbytes"));
  EXPECT_EQ(result, QueueResult::full);
  EXPECT_EQ(accepted, bytes / (64 + 256));
  EXPECT_EQ(setting(*queue, "messages_that_fit"), std::to_string(accepted));
  EXPECT_FALSE(queue->bound().has_value()) << "it has none in calls";
}

TEST_F(SysvQueueTest, IsFullAtItsCallsWhereTheyAreBounded) {
  for (const std::size_t bound : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
    const auto queue = make(bound);
    const auto producer = queue->make_producer(clock_);
    const auto consumer = queue->make_consumer(clock_);
    const std::vector<CallHandle> sent = calls(bound + 3);
    std::vector<Instant> at(sent.size());
    std::array<CallHandle, 1> one;

    const ChunkResult offered = producer->offer(sent, at);
    ASSERT_EQ(consumer->take(one, at).done, 1U);
    const ChunkResult after_one = producer->offer(std::span{sent}.last(2), at);

    EXPECT_EQ(queue->bound(), bound);
    EXPECT_EQ(offered.done, bound);
    EXPECT_EQ(offered.result, QueueResult::full);
    EXPECT_EQ(after_one.done, 1U);
  }
}

TEST_F(SysvQueueTest, RefusesWhatCannotFitWithTheNearestThatCan) {
  QueueSettings many;
  many.bound = 1000;
  QueueSettings unknown;
  unknown.options = {{"durable", "true"}};
  QueueSettings huge;
  huge.options = {{"msg_qbytes", "1GiB"}};
  QueueSettings words;
  words.options = {{"msg_qbytes", "many"}};

  EXPECT_THAT(open({}, 8192).error().what, HasSubstr("use 8128B or less"));
  EXPECT_THAT(open(many, 256).error().what, HasSubstr("use 51 or less"));
  EXPECT_THAT(open(unknown).error().what, HasSubstr("durable"));
  EXPECT_THAT(open(words).error().what, HasSubstr("\"many\""));
  if (const auto opened = open(huge); !opened) {  // who may raise it gets it
    EXPECT_THAT(opened.error().what, HasSubstr("use 16384 or less"));
  }
}

TEST_F(SysvQueueTest, ASmallerBoundInBytesIsHad) {
  QueueSettings settings;
  settings.options = {{"msg_qbytes", "1KiB"}};
  const auto queue = std::move(open(settings).value());
  std::vector<Instant> at(20);

  EXPECT_EQ(queue->make_producer(clock_)->offer(calls(20), at).done, 1024U / 64U);
}

TEST_F(SysvQueueTest, AfterCloseOffersFailAndTakesDrainFirst) {
  const auto queue = make();
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  const std::vector<CallHandle> sent = calls(2);
  std::array<CallHandle, 4> taken;
  std::array<Instant, 4> at;

  ASSERT_EQ(producer->offer(std::span{sent}.first(1), at).done, 1U);
  queue->close();
  queue->close();
  const ChunkResult offered = producer->offer(std::span{sent}.last(1), at);
  const ChunkResult rest = consumer->take(taken, at);
  const ChunkResult nothing = consumer->take(taken, at);

  EXPECT_EQ(offered.result, QueueResult::closed);
  EXPECT_EQ(rest.done, 1U);
  EXPECT_EQ(nothing.result, QueueResult::closed);
  EXPECT_EQ(consumer->wait(clock_.now() + seconds{5}), QueueResult::closed);
}

TEST_F(SysvQueueTest, WaitingEndsByTimeByCallByInterruptAndByClose) {
  for (const WaitPolicyKind wait :
       {WaitPolicyKind::spin, WaitPolicyKind::spin_yield, WaitPolicyKind::spin_park}) {
    const auto queue = make({}, wait);
    const auto consumer = queue->make_consumer(clock_);
    const Instant until = clock_.now() + milliseconds{5};
    EXPECT_EQ(consumer->wait(until), QueueResult::timed_out);
    EXPECT_GE(clock_.now(), until);

    const CallHandle sent = call(1);
    std::jthread producing{[&] {
      std::this_thread::sleep_for(milliseconds{5});
      std::array<Instant, 1> at;
      queue->make_producer(clock_)->offer({&sent, 1}, at);
    }};
    EXPECT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::empty) << "try again";
    producing.join();
    std::array<CallHandle, 1> taken;
    std::array<Instant, 1> at;
    ASSERT_EQ(consumer->take(taken, at).done, 1U);

    // Interrupted again and again, just before it blocks or while it does: no wait lasts.
    std::atomic<bool> over{false};
    std::jthread interrupting{[&] {
      while (!over) {
        std::this_thread::sleep_for(std::chrono::microseconds{300});
        queue->interrupt();
      }
    }};
    for (int round = 0; round < 200; ++round) {
      ASSERT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::timed_out);
    }
    over = true;
    interrupting.join();
    std::jthread closing{[&] {
      std::this_thread::sleep_for(milliseconds{5});
      queue->close();
    }};
    EXPECT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::closed);
  }
}

TEST_F(SysvQueueTest, WhatAWaitingConsumerReceivedIsNotLostWithIt) {
  const auto queue = make();
  const CallHandle sent = call(1);
  std::array<Instant, 1> at;
  std::array<CallHandle, 1> taken;
  {
    const auto consumer = queue->make_consumer(clock_);
    ASSERT_EQ(queue->make_producer(clock_)->offer({&sent, 1}, at).done, 1U);
    ASSERT_EQ(consumer->wait(clock_.now() + seconds{30}), QueueResult::empty);
  }

  EXPECT_EQ(queue->depth(), 1U);
  ASSERT_EQ(queue->make_consumer(clock_)->take(taken, at).done, 1U);
  EXPECT_EQ(taken.front().record, sent.record);
}

TEST_F(SysvQueueTest, LosesNothingAndDuplicatesNothingUnderChurn) {
  constexpr std::size_t calls_each = 10'000;
  constexpr std::size_t ends = 3;
  const auto queue = make(32);
  std::vector<std::atomic<int>> seen(ends * calls_each);

  std::vector<std::jthread> consuming;
  for (std::size_t number = 0; number < ends; ++number) {
    consuming.emplace_back([&] {
      for (;;) {
        const auto consumer = queue->make_consumer(clock_);  // again and again: threads come and go
        for (int round = 0; round < 1000; ++round) {
          std::array<CallHandle, 7> taken;
          std::array<Instant, 7> at;
          const ChunkResult chunk = consumer->take(taken, at);
          for (std::size_t index = 0; index < chunk.done; ++index) {
            seen[taken[index].sequence].fetch_add(1);
          }
          if (chunk.result == QueueResult::closed) {
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
  for (std::size_t number = 0; number < ends; ++number) {
    producing.emplace_back([&, number] {
      const auto producer = queue->make_producer(clock_);
      for (std::size_t next = number * calls_each; next < (number + 1) * calls_each;) {
        const CallHandle sent = call(next);
        std::array<Instant, 1> at;
        next += producer->offer({&sent, 1}, at).done;
      }
    });
  }
  producing.clear();
  queue->close();
  consuming.clear();

  EXPECT_TRUE(std::ranges::all_of(seen, [](const std::atomic<int>& times) { return times == 1; }));
}

TEST_F(SysvQueueTest, MessagesThatAreNotOfThisRunAreCountedAndPassedOver) {
  const auto queue = make();
  const int id = std::stoi(setting(*queue, "id"));
  struct {
    long type = 1;
    std::array<char, 100> text{};
  } foreign;
  ASSERT_EQ(msgsnd(id, &foreign, foreign.text.size(), IPC_NOWAIT), 0);
  Call mutilated = call(5).record->call;
  mutilated.checksum = 1;  // of a payload that is not this one
  std::array<std::byte, wire_header_bytes> header;
  write_wire_header(mutilated, header);
  std::ranges::transform(header, foreign.text.begin(),
                         [](std::byte byte) { return static_cast<char>(byte); });
  ASSERT_EQ(msgsnd(id, &foreign, wire_header_bytes, IPC_NOWAIT), 0);
  const CallHandle ours = call(6);
  std::array<Instant, 4> at;
  std::array<CallHandle, 4> taken;
  ASSERT_EQ(queue->make_producer(clock_)->offer({&ours, 1}, at).done, 1U);

  const ChunkResult chunk = queue->make_consumer(clock_)->take(taken, at);

  EXPECT_EQ(chunk.done, 1U);
  EXPECT_EQ(taken.front().record, ours.record);
  EXPECT_EQ(records_.foreign(), 2U);
}

TEST_F(SysvQueueTest, RemovedBySomebodyElseItFails) {
  const auto queue = make();
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::array<Instant, 1> at;
  std::array<CallHandle, 1> taken;
  const CallHandle sent = call(1);
  std::jthread removing{[&] {
    std::this_thread::sleep_for(milliseconds{20});
    msgctl(std::stoi(setting(*queue, "id")), IPC_RMID, nullptr);
  }};

  EXPECT_NE(consumer->wait(clock_.now() + seconds{30}), QueueResult::closed) << "it wakes";
  removing.join();

  EXPECT_EQ(producer->offer({&sent, 1}, at).result, QueueResult::failed);
  EXPECT_EQ(consumer->take(taken, at).result, QueueResult::failed);
}

TEST_F(SysvQueueTest, AttachesByItsIdAndLeavesItToItsOwner) {
  const auto owner = make();
  QueueSettings settings;
  settings.use = "sysv";
  QueueContext context{.run_id = records_.run_id(), .intake = &records_, .is_owner = false};
  EXPECT_THAT(open_queue(settings, context).error().what, HasSubstr("needs its id"));
  settings.options = {{"id", setting(*owner, "id")}};
  const CallHandle sent = call(1);
  std::array<Instant, 1> at;
  std::array<CallHandle, 1> taken;

  std::move(open_queue(settings, context).value())->make_producer(clock_)->offer({&sent, 1}, at);

  EXPECT_EQ(owner->make_consumer(clock_)->take(taken, at).done, 1U);
}

}  // namespace
}  // namespace queuemeter::queues
