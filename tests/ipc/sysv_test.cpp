// SPDX-License-Identifier: Apache-2.0
// What System V queues have that other queues have not. That they keep the contract of all queues
// is tested by tests/contract.
#include "harness/call/clock.hpp"
#include "harness/call/wire.hpp"
#include "harness/path/record_table.hpp"
#include "queue_impls/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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
