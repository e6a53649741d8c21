// SPDX-License-Identifier: Apache-2.0
#include "harness/path/call_pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>

namespace queuemeter {
namespace {

CallRecord* acquire_or_collect(CallPool& pool) {
  CallRecord* const record = pool.acquire();
  if (record == nullptr) {
    pool.collect([](const CallRecord&) { return true; });
    return pool.acquire();
  }
  return record;
}

TEST(CallPool, HasAsManyRecordsAsItSaysAndNoMore) {
  std::array<CallRecord, 3> all;
  CallPool pool{all};
  std::set<CallRecord*> records;

  for (int call = 0; call < 3; ++call) {
    records.insert(pool.acquire());
  }

  EXPECT_EQ(records.size(), 3U);
  EXPECT_FALSE(records.contains(nullptr));
  EXPECT_EQ(pool.acquire(), nullptr);
}

TEST(CallPool, AReturnedRecordIsFreeAgain) {
  std::array<CallRecord, 1> all;
  CallPool pool{all};
  CallRecord* const record = pool.acquire();
  record->publish(7);

  pool.give_back(*record);
  EXPECT_EQ(record->stage(), CallRecord::Stage::free);
  EXPECT_EQ(pool.acquire(), record);
  pool.return_from(0, *record);
  EXPECT_EQ(pool.acquire(), nullptr) << "returned, not collected";
  EXPECT_EQ(pool.collect([record](CallRecord& seen) { return &seen == record; }), 1U);
  EXPECT_EQ(pool.acquire(), record);
}

TEST(CallPool, AReturnedRecordMayBeKeptBack) {
  std::array<CallRecord, 1> all;
  CallPool pool{all};
  CallRecord* const record = pool.acquire();
  pool.return_from(0, *record);

  EXPECT_EQ(pool.collect([](CallRecord&) { return false; }), 1U);
  EXPECT_EQ(pool.acquire(), nullptr);
  pool.give_back(*record);
  EXPECT_EQ(pool.acquire(), record);
}

TEST(CallPool, TellsItsOffererOnlyWhereItWantsToKnow) {
  struct Counting final : Waker {
    void wake() noexcept override { ++times; }
    int times = 0;
  } waker;
  std::array<CallRecord, 1> all;
  CallPool pool{all};

  pool.wake_offerer();
  pool.set_waker(&waker);
  pool.wake_offerer();

  EXPECT_EQ(waker.times, 1);
}

TEST(CallRecord, IsDecidedOnceForEachCall) {
  CallRecord record;
  for (std::uint64_t call = 0; call < 2; ++call) {
    record.publish(call);
    EXPECT_TRUE(record.decide());
    EXPECT_FALSE(record.decide());
  }
}

TEST(CallPool, RecordsGoRoundBetweenTwoThreadsWithoutLoss) {
  std::array<CallRecord, 8> all;
  CallPool pool{all};
  constexpr std::uint64_t calls = 100'000;
  std::atomic<CallRecord*> hand_over{nullptr};

  std::jthread settler{[&] {
    for (std::uint64_t call = 0; call < calls; ++call) {
      CallRecord* record = nullptr;
      while ((record = hand_over.exchange(nullptr)) == nullptr) {
        std::this_thread::yield();
      }
      pool.return_from(0, *record);
    }
  }};
  for (std::uint64_t call = 0; call < calls; ++call) {
    CallRecord* record = nullptr;
    while ((record = acquire_or_collect(pool)) == nullptr) {
      std::this_thread::yield();
    }
    record->publish(call);
    CallRecord* expected = nullptr;
    while (!hand_over.compare_exchange_weak(expected, record)) {
      expected = nullptr;
      std::this_thread::yield();
    }
  }
  settler.join();

  std::set<CallRecord*> records;
  while (CallRecord* const record = acquire_or_collect(pool)) {
    records.insert(record);
  }
  EXPECT_EQ(records.size(), pool.capacity());
}

}  // namespace
}  // namespace queuemeter
