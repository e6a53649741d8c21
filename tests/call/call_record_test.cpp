// SPDX-License-Identifier: Apache-2.0
#include "harness/call/call_record.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

TEST(CallRecord, IsFreeUntilItIsPublished) {
  CallRecord record;
  EXPECT_EQ(record.stage(), CallRecord::Stage::free);
  EXPECT_FALSE(record.claim(0));

  record.publish(12);

  EXPECT_EQ(record.stage(), CallRecord::Stage::offered);
  EXPECT_EQ(record.sequence(), 12U);
}

TEST(CallRecord, IsClaimedOnceHoweverOftenItIsDelivered) {
  CallRecord record;
  record.publish(12);

  EXPECT_TRUE(record.claim(12));
  EXPECT_EQ(record.stage(), CallRecord::Stage::working);
  EXPECT_FALSE(record.claim(12));

  record.mark(12, CallRecord::Stage::found);
  EXPECT_FALSE(record.claim(12));
  EXPECT_EQ(record.stage(), CallRecord::Stage::found);
}

TEST(CallRecord, ThatWasReusedRefusesTheHandleOfItsFormerCall) {
  CallRecord record;
  record.publish(12);
  ASSERT_TRUE(record.claim(12));
  record.mark(12, CallRecord::Stage::free);

  record.publish(13);

  EXPECT_FALSE(record.claim(12));
  EXPECT_EQ(record.sequence(), 13U);
  EXPECT_TRUE(record.claim(13));
}

TEST(CallRecord, KeepsSequencesOf62Bits) {
  constexpr std::uint64_t largest = (std::uint64_t{1} << 62U) - 1;
  CallRecord record;
  record.publish(largest);
  EXPECT_EQ(record.sequence(), largest);
  EXPECT_EQ(record.stage(), CallRecord::Stage::offered);
  EXPECT_TRUE(record.claim(largest));
}

TEST(CallRecord, GoesToOneOfManyWorkersWithEverythingItsOffererWrote) {
  constexpr std::uint64_t rounds = 2'000;
  constexpr std::size_t workers = 4;
  CallRecord record;
  std::atomic<std::uint64_t> claims{0};
  std::atomic<std::uint64_t> wrong_payloads{0};
  std::atomic<bool> stopped{false};
  std::vector<std::jthread> threads;
  threads.reserve(workers);
  for (std::size_t i = 0; i < workers; ++i) {
    threads.emplace_back([&] {
      while (!stopped.load(std::memory_order_relaxed)) {
        const std::uint64_t sequence = record.sequence();
        if (!record.claim(sequence)) {
          std::this_thread::yield();
          continue;
        }
        if (record.call.payload_bytes != static_cast<std::uint32_t>(sequence)) {
          wrong_payloads.fetch_add(1, std::memory_order_relaxed);
        }
        claims.fetch_add(1, std::memory_order_relaxed);
        record.mark(sequence, CallRecord::Stage::free);
      }
    });
  }

  for (std::uint64_t sequence = 1; sequence <= rounds; ++sequence) {
    record.call.payload_bytes = static_cast<std::uint32_t>(sequence);
    record.publish(sequence);
    while (record.stage() != CallRecord::Stage::free) {
      std::this_thread::yield();
    }
  }
  stopped.store(true, std::memory_order_relaxed);
  threads.clear();

  EXPECT_EQ(claims.load(), rounds);
  EXPECT_EQ(wrong_payloads.load(), 0U);
}

}  // namespace
}  // namespace queuemeter
