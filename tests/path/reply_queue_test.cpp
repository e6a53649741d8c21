// SPDX-License-Identifier: Apache-2.0
// Replies that go back through a queue: back-pressure, and no deadlock however small both are.
#include "harness/path/async_crew.hpp"
#include "harness/path/thread_crew.hpp"
#include "tests/path/test_backend.hpp"
#include "tests/path/test_queue.hpp"
#include "tests/path/worker_rig.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

struct ReplyQueue : testing::Test {
  void make(std::size_t reply_bound, std::size_t workers = 1, RetryRules rules = {}) {
    replies = std::make_unique<TestQueue>(TestQueue::Rules{.bound = reply_bound});
    rig = std::make_unique<WorkerRig>(clock, calls, &backend, replies.get());
    rig->retry = RetryPolicy{rules, 1};
    crew = std::make_unique<ThreadCrew>(rig->context(), workers);
    crew->connect();
    rig->settler().connect();
  }

  VirtualClock clock{start};
  TestBackend backend{[](const Call&) { return TestBackend::Answer{10ms, Reason::none}; }};
  TestQueue calls{{}};
  std::unique_ptr<TestQueue> replies;
  std::unique_ptr<WorkerRig> rig;
  std::unique_ptr<ThreadCrew> crew;
};

TEST_F(ReplyQueue, CarriesEveryReplyAndItsInstants) {
  make(100);
  rig->offer_many(5);

  rig->run(*crew, clock);

  EXPECT_EQ(rig->counts().of(Outcome::completed), 5);
  EXPECT_EQ(rig->mean(Span::service), Duration{10ms});
  EXPECT_EQ(rig->mean(Span::queueing), Duration{20ms}) << "0 to 40 ms";
  EXPECT_EQ(rig->samples(Span::returning), 5U);
  EXPECT_EQ(rig->free_records(), 1000U);
}

TEST_F(ReplyQueue, KeepsAWorkerThatFindsItFull) {
  make(1);
  rig->offer_many(3);

  // Nobody drains replies for a second.
  for (Instant at = crew->step(clock.now()); at < start + 1s; at = crew->step(clock.now())) {
    clock.advance_to(at);
  }
  EXPECT_EQ(backend.begun.size(), 2U) << "one reply is in the queue, one in the worker's hands";
  EXPECT_EQ(crew->busy_time(start + 1s), Duration{1s}) << "its slot is held all the time";

  rig->run(*crew, clock);
  EXPECT_EQ(rig->counts().of(Outcome::completed), 3);
  EXPECT_GT(rig->mean(Span::returning), Duration{300ms}) << "back-pressure is seen as return";
}

TEST_F(ReplyQueue, LeavesExpiredCallsToMemory) {
  make(1);
  rig->offer(start);
  rig->offer(start);
  rig->offer(start);

  crew->step(clock.now());
  rig->settler().step(clock.now());

  EXPECT_EQ(replies->depth(), 0U);
  EXPECT_EQ(rig->counts().of(Outcome::expired), 3);
}

TEST_F(ReplyQueue, CountsRetriesToo) {
  backend.answer_with([](const Call& call) {
    return TestBackend::Answer{10ms, call.attempt < 3 ? Reason::backend_error : Reason::none};
  });
  make(10, 1, {.kind = RetryRules::Kind::fixed, .attempts = 3, .delay = 1ms});
  rig->offer_many(4);

  rig->run(*crew, clock);

  EXPECT_EQ(rig->counts().of(Outcome::completed), 4);
  EXPECT_EQ(rig->counts().retried, 8);
}

TEST_F(ReplyQueue, AReplyThatFoundNoRoomUntilTheEndIsUnfinished) {
  make(1);
  rig->offer_many(2);
  for (Instant at = crew->step(clock.now()); at < start + 1s; at = crew->step(clock.now())) {
    clock.advance_to(at);
  }

  crew->abandon(clock.now());
  rig->settler().step(clock.now());

  EXPECT_EQ(rig->counts().of(Outcome::completed), 1) << "its reply was in the queue";
  EXPECT_EQ(rig->counts().of(Outcome::unfinished), 1);
  EXPECT_EQ(rig->free_records(), 1000U);
}

/// Offers as fast as two tiny queues let it while crew and settler run on threads; every call must
/// come through.
template <class MakeCrew>
void never_deadlocks(MakeCrew&& make_crew, std::size_t bound) {
  constexpr std::int64_t enough = 4'000;
  const MonotonicClock clock;
  TestQueue calls{{.bound = bound}};
  TestQueue replies{{.bound = bound}};
  WorkerRig rig{clock, calls, nullptr, &replies};
  RoleRegistry roles;
  const std::unique_ptr<WorkerCrew> crew = make_crew(rig.context());
  ASSERT_TRUE(crew->start(roles));
  std::atomic<bool> over{false};
  std::jthread settling{[&] {
    rig.settler().connect();
    while (!over) {
      rig.settler().step(clock.now());
      rig.settler().wait(clock.now() + 1ms);
    }
    rig.settler().step(clock.now());
    rig.settler().disconnect();
  }};

  const Instant limit = clock.now() + 30s;
  std::int64_t offered = 0;
  while (offered < enough && clock.now() < limit) {
    offered += rig.offer() ? 1 : 0;
  }
  while (rig.counts().of(Outcome::completed) < offered && clock.now() < limit) {
    std::this_thread::sleep_for(1ms);
  }
  crew->stop();
  over = true;
  settling.join();

  EXPECT_EQ(offered, enough);
  EXPECT_EQ(rig.counts().of(Outcome::completed), enough);
  EXPECT_EQ(rig.counts().duplicated, 0);
}

TEST(TwoTinyQueues, NeverDeadlockThreads) {
  for (const std::size_t bound : {1U, 2U, 4U}) {
    never_deadlocks(
        [](WorkerContext context) { return std::make_unique<ThreadCrew>(std::move(context), 3); },
        bound);
  }
}

TEST(TwoTinyQueues, NeverDeadlockAsynchronousSlots) {
  for (const std::size_t bound : {1U, 2U, 4U}) {
    never_deadlocks(
        [](WorkerContext context) { return std::make_unique<AsyncCrew>(std::move(context), 8, 2); },
        bound);
  }
}

}  // namespace
}  // namespace queuemeter
