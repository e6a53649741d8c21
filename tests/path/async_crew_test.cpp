// SPDX-License-Identifier: Apache-2.0
#include "harness/path/async_crew.hpp"

#include "harness/backend/synthetic_backend.hpp"
#include "tests/path/test_backend.hpp"
#include "tests/path/test_queue.hpp"
#include "tests/path/worker_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

constexpr Instant start = Instant{1h};

struct AsyncSlots : testing::Test {
  void make(std::size_t slots, std::size_t loops, TakingRules taking = {},
            TestQueue::Rules rules = {}) {
    queue = std::make_unique<TestQueue>(rules);
    rig = std::make_unique<WorkerRig>(clock, *queue, &backend);
    rig->retry = retry;
    crew = std::make_unique<AsyncCrew>(rig->context(taking), slots, loops);
    crew->connect();
  }
  void run(Instant until = never) { rig->run(*crew, clock, until); }

  VirtualClock clock{start};
  TestBackend backend{[](const Call&) { return TestBackend::Answer{10ms, Reason::none}; }};
  RetryPolicy retry;
  std::unique_ptr<TestQueue> queue;
  std::unique_ptr<WorkerRig> rig;
  std::unique_ptr<AsyncCrew> crew;
};

TEST_F(AsyncSlots, WorkOnAsManyCallsAtOnceAsThereAreSlots) {
  make(3, 2);
  EXPECT_EQ(crew->calls_at_once(), 3U);
  rig->offer_many(7);

  run(start);
  EXPECT_EQ(backend.begun.size(), 3U);
  EXPECT_EQ(queue->depth(), 4U) << "what cannot be worked on stays in the queue";
  run();

  EXPECT_EQ(clock.now(), start + 30ms);
  EXPECT_EQ(rig->counts().of(Outcome::completed), 7);
  EXPECT_EQ(rig->mean(Span::handoff), Duration{0});
  EXPECT_EQ(crew->busy_time(clock.now()), Duration{70ms});
  EXPECT_THAT(crew->taken_by_consumer(), ElementsAre(7U));
  EXPECT_EQ(rig->free_records(), 1000U);
}

TEST_F(AsyncSlots, TakeInBatchesButNeverBeyondTheFreeOnes) {
  make(4, 1, {.batch = 64});
  rig->offer_many(100);

  run(start);

  EXPECT_EQ(queue->depth(), 96U);
}

TEST_F(AsyncSlots, EndWhatExpiresOrIsDoneAtOnceWithoutWaitingForTime) {
  make(2, 2);
  for (int call = 0; call < 10; ++call) {
    rig->offer(start);
  }

  run(start);

  EXPECT_EQ(rig->counts().of(Outcome::expired), 10);
  EXPECT_TRUE(backend.begun.empty());
}

TEST_F(AsyncSlots, AcknowledgeThroughTheTakerAndKeepToThePrefetch) {
  make(10, 2, {.batch = 10, .prefetch = 4, .acknowledge = 1}, {.acked = true});
  rig->offer_many(8);

  run();

  EXPECT_EQ(queue->most_held(), 4U);
  EXPECT_EQ(queue->held(), 0U);
  EXPECT_EQ(clock.now(), start + 20ms) << "four at a time";
  EXPECT_EQ(rig->counts().of(Outcome::completed), 8);
}

TEST_F(AsyncSlots, TryAgainInTheirSlot) {
  backend.answer_with([](const Call& call) {
    return TestBackend::Answer{10ms, call.attempt < 2 ? Reason::backend_error : Reason::none};
  });
  retry = RetryPolicy{{.kind = RetryRules::Kind::fixed, .attempts = 2, .delay = 5ms}, 1};
  make(1, 1);
  rig->offer_many(2);

  run();

  EXPECT_THAT(backend.begun, ElementsAre(Pair(0, start), Pair(0, start + 15ms),
                                         Pair(1, start + 25ms), Pair(1, start + 40ms)));
  EXPECT_EQ(crew->counts().retried, 2U);
}

TEST_F(AsyncSlots, CountDuplicatesLikeAnyWorker) {
  make(4, 1);
  rig->offer();
  queue->duplicate(rig->last());
  queue->duplicate(rig->last());

  run();

  EXPECT_EQ(rig->counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig->counts().duplicated, 2);
}

TEST_F(AsyncSlots, LookAgainOnlyEveryPoll) {
  make(4, 1, {.poll = 1s});
  run(start);
  rig->offer();

  run(start + 1500ms);

  EXPECT_THAT(backend.begun, ElementsAre(Pair(0, start + 1s)));
}

TEST_F(AsyncSlots, AreUnfinishedWhenTheRunIsOver) {
  make(4, 2);
  rig->offer_many(6);
  run(start + 5ms);

  crew->abandon(clock.now());
  rig->settler().step(clock.now());

  EXPECT_EQ(rig->counts().of(Outcome::unfinished), 4);
  EXPECT_EQ(queue->depth(), 2U);
  EXPECT_EQ(rig->free_records(), 998U);
}

TEST(AsyncCrew, OnThreadsWorksOnEveryCallOnceAndEndsWithAnExactAccount) {
  constexpr std::size_t calls = 30'000;
  const MonotonicClock clock;
  TestQueue queue{{.acked = true}};
  const std::unique_ptr<Backend> backend = make_synthetic_backend(
      {.model = {.service_time = Distribution::constant(1ms), .concurrency = 2'000}});
  WorkerRig rig{clock, queue, backend.get(), nullptr, 50'000};
  RoleRegistry roles;
  AsyncCrew crew{rig.context({.batch = 32, .prefetch = 2'000, .acknowledge = 1}), 500, 2};
  ASSERT_TRUE(crew.start(roles));
  std::atomic<bool> over{false};
  std::jthread settling{[&] {
    while (!over) {
      rig.settler().step(clock.now());
      rig.settler().wait(clock.now() + 10ms);
    }
    rig.settler().step(clock.now());
  }};

  rig.offer_many(calls);
  const Instant limit = clock.now() + 30s;
  while (rig.counts().of(Outcome::completed) < std::int64_t{calls} / 2 && clock.now() < limit) {
    std::this_thread::sleep_for(200us);
  }
  crew.stop();  // in the middle of the work
  over = true;
  rig.settler().interrupt();
  settling.join();

  const LedgerCounts counts = rig.counts();
  EXPECT_GE(counts.of(Outcome::completed), std::int64_t{calls} / 2);
  EXPECT_EQ(counts.of(Outcome::completed) + counts.of(Outcome::unfinished),
            static_cast<std::int64_t>(crew.counts().taken));
  EXPECT_EQ(crew.counts().taken + queue.depth().value(), calls);
  EXPECT_EQ(counts.duplicated, 0);
  EXPECT_EQ(queue.held(), 0U) << "what was given up was acknowledged too";
  EXPECT_EQ(crew.busy_time(clock.now()), crew.busy_time(clock.now() + 1h)) << "nobody is busy";
}

}  // namespace
}  // namespace queuemeter
