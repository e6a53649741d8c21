// SPDX-License-Identifier: Apache-2.0
// What one blocking worker does with the calls of a queue, in virtual time.
#include "harness/path/thread_crew.hpp"
#include "tests/path/test_backend.hpp"
#include "tests/path/test_queue.hpp"
#include "tests/path/worker_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

constexpr Instant start = Instant{1h};

struct OneWorker : testing::Test {
  void make(TakingRules taking = {}, TestQueue::Rules rules = {}, std::size_t workers = 1) {
    queue = std::make_unique<TestQueue>(rules);
    rig = std::make_unique<WorkerRig>(clock, *queue, &backend);
    rig->retry = retry;
    rig->budget = std::make_unique<RetryBudget>(budget);
    crew = std::make_unique<ThreadCrew>(rig->context(taking), workers);
    crew->connect();
  }
  void run(Instant until = never) { rig->run(*crew, clock, until); }

  VirtualClock clock{start};
  Duration service = 10ms;
  TestBackend backend{[this](const Call&) { return TestBackend::Answer{service, Reason::none}; }};
  RetryPolicy retry;
  std::optional<double> budget;
  std::unique_ptr<TestQueue> queue;
  std::unique_ptr<WorkerRig> rig;
  std::unique_ptr<ThreadCrew> crew;
};

TEST_F(OneWorker, MakesOneCallAfterTheOther) {
  make();
  rig->offer_many(3);

  run();

  EXPECT_THAT(backend.begun,
              ElementsAre(Pair(0, start), Pair(1, start + 10ms), Pair(2, start + 20ms)));
  EXPECT_EQ(rig->counts().of(Outcome::completed), 3);
  EXPECT_EQ(rig->mean(Span::queueing), Duration{10ms}) << "0, 10 and 20 ms";
  EXPECT_EQ(rig->mean(Span::handoff), Duration{0});
  EXPECT_EQ(rig->mean(Span::service), Duration{10ms});
  EXPECT_EQ(crew->busy_time(clock.now()), Duration{30ms});
  EXPECT_EQ(rig->free_records(), 1000U) << "every record came back";
}

TEST_F(OneWorker, TakesABatchWhoseCallsWaitInItsHands) {
  make({.batch = 3});
  rig->offer_many(3);

  run();

  EXPECT_EQ(rig->mean(Span::queueing), Duration{0}) << "all were taken at once";
  EXPECT_EQ(rig->mean(Span::handoff), Duration{10ms}) << "0, 10 and 20 ms";
  EXPECT_EQ(crew->busy_time(clock.now()), Duration{30ms}) << "one call at a time";
}

TEST_F(OneWorker, DoesNotMakeACallWhoseDeadlinePassedBeforeItsTurn) {
  make({.batch = 2});
  rig->offer();
  rig->offer(start + 10ms);

  run();

  EXPECT_EQ(backend.begun.size(), 1U);
  EXPECT_EQ(rig->counts().of(Outcome::expired), 1);
}

TEST_F(OneWorker, LooksAgainOnlyEveryPoll) {
  make({.poll = 3s});
  run(start);

  rig->offer();
  run(start + 10s);

  EXPECT_THAT(backend.begun, ElementsAre(Pair(0, start + 3s)));
  EXPECT_EQ(queue->looks(), 5U) << "at 0, 3, 3.01, 6.01 and 9.01 s";
}

TEST_F(OneWorker, CountsADeliveryTooMany) {
  make();
  rig->offer();
  queue->duplicate(rig->last());

  run();

  EXPECT_EQ(rig->counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig->counts().duplicated, 1);
  EXPECT_EQ(backend.begun.size(), 2U) << "a real consumer would not know either";
}

TEST_F(OneWorker, SeesACallOvertakenByALaterOneOfItsPriorityOnly) {
  make();
  rig->offer(never, 0);
  const CallHandle early = rig->last();
  rig->offer(never, 0);
  rig->offer(never, 9);
  // Take the first one out and put it back last, as a queue out of order would.
  const auto consumer = queue->make_consumer(clock);
  std::array<CallHandle, 1> taken;
  std::array<Instant, 1> taken_at;
  ASSERT_EQ(consumer->take(taken, taken_at).done, 1U);
  ASSERT_EQ(taken[0].sequence, early.sequence);
  queue->duplicate(early);

  run();

  EXPECT_EQ(rig->counts().reordered, 1) << "call 0 after call 1; call 2 is of another priority";
  EXPECT_EQ(rig->counts().duplicated, 0);
}

TEST_F(OneWorker, AcknowledgesWhenTheWorkIsDone) {
  make({.batch = 5, .prefetch = 2, .acknowledge = 1}, {.acked = true});
  rig->offer_many(5);

  run(start + 5ms);
  EXPECT_EQ(queue->held(), 2U) << "the one in work and the one behind it";
  run();

  EXPECT_EQ(queue->held(), 0U);
  EXPECT_EQ(queue->most_held(), 2U) << "prefetch";
  EXPECT_EQ(rig->counts().of(Outcome::completed), 5);
}

TEST_F(OneWorker, AcknowledgesTogetherAndTheRestWhenIdle) {
  make({.batch = 4, .prefetch = 8, .acknowledge = 3}, {.acked = true});
  rig->offer_many(4);

  run(start + 25ms);
  EXPECT_EQ(queue->held(), 4U) << "two are done, but a batch has three";
  run(start + 30ms);
  EXPECT_EQ(queue->held(), 1U);
  run();
  EXPECT_EQ(queue->held(), 0U);
}

TEST_F(OneWorker, ARedeliveredCallIsSettledByItsFirstReply) {
  // The first worker hangs for 10 s; after 1 s the queue gives the call to the second one.
  bool first = true;
  backend.answer_with([&first](const Call&) {
    return TestBackend::Answer{std::exchange(first, false) ? Duration{10s} : Duration{10ms},
                               Reason::none};
  });
  make({.prefetch = 1, .acknowledge = 1, .poll = 100ms}, {.acked = true, .ack_timeout = 1s}, 2);
  rig->offer();

  run(start + 5s);
  EXPECT_EQ(rig->counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig->mean(Span::completion), Duration{1010ms}) << "by the second delivery";
  EXPECT_EQ(rig->counts().redelivered, 1);
  EXPECT_EQ(rig->counts().duplicated, 0) << "one reply so far";
  EXPECT_EQ(rig->free_records(), 999U) << "the first worker still holds the record";

  run(start + 20s);
  EXPECT_EQ(rig->counts().of(Outcome::completed), 1);
  EXPECT_EQ(rig->counts().duplicated, 1) << "the late reply of the first";
  EXPECT_EQ(rig->free_records(), 1000U);
}

TEST_F(OneWorker, GivesBackWhatItHasNotBegunWhenTheRunIsOver) {
  make({.batch = 3, .prefetch = 3, .acknowledge = 1}, {.acked = true});
  rig->offer_many(3);
  run(start + 5ms);

  crew->abandon(clock.now());
  rig->settler().step(clock.now());

  EXPECT_EQ(rig->counts().of(Outcome::unfinished), 1) << "the one in work";
  EXPECT_EQ(queue->depth(), 2U) << "the sweep finds the others there";
  EXPECT_EQ(queue->held(), 0U);
}

TEST_F(OneWorker, WithoutGivingBackAllThatItHoldsIsUnfinished) {
  make({.batch = 3});
  rig->offer_many(3);
  run(start + 5ms);

  crew->abandon(clock.now());
  rig->settler().step(clock.now());

  EXPECT_EQ(rig->counts().of(Outcome::unfinished), 3);
  EXPECT_EQ(rig->free_records(), 1000U);
  EXPECT_EQ(crew->busy_time(clock.now()), Duration{5ms});
}

TEST_F(OneWorker, WithoutABackendACallIsDoneWhenItIsTaken) {
  queue = std::make_unique<TestQueue>(TestQueue::Rules{.acked = true});
  rig = std::make_unique<WorkerRig>(clock, *queue, nullptr);
  ThreadCrew taking{
      rig->context({.batch = 8, .prefetch = 8, .acknowledge = 1, .acknowledge_first = true}), 1};
  taking.connect();
  rig->offer_many(20);

  rig->run(taking, clock);

  EXPECT_EQ(rig->counts().of(Outcome::completed), 20);
  EXPECT_EQ(queue->held(), 0U);
  EXPECT_EQ(rig->samples(Span::service), 0U) << "nothing was called";
}

TEST_F(OneWorker, ACallThatCouldNotBeAcknowledgedOnTheTakingPathIsUnknown) {
  queue = std::make_unique<TestQueue>(TestQueue::Rules{.acked = true});
  rig = std::make_unique<WorkerRig>(clock, *queue, nullptr);
  ThreadCrew taking{rig->context({.prefetch = 8, .acknowledge = 1, .acknowledge_first = true}), 1};
  taking.connect();
  rig->offer_many(2);
  queue->break_acknowledgement();

  rig->run(taking, clock);

  EXPECT_EQ(rig->counts().of(Outcome::unknown), 2);
}

struct RetryingWorker : OneWorker {
  /// Fails the first `failures` attempts of each call.
  void fail(std::uint32_t failures) {
    backend.answer_with([failures](const Call& call) {
      return TestBackend::Answer{10ms,
                                 call.attempt <= failures ? Reason::backend_error : Reason::none};
    });
    retry = RetryPolicy{{.kind = RetryRules::Kind::fixed, .attempts = 3, .delay = 50ms}, 1};
  }
};

TEST_F(RetryingWorker, TriesAgainAndKeepsItsSlotMeanwhile) {
  fail(2);
  make();
  rig->offer_many(2);

  run();

  EXPECT_THAT(backend.begun,
              ElementsAre(Pair(0, start), Pair(0, start + 60ms), Pair(0, start + 120ms),
                          Pair(1, start + 130ms), Pair(1, start + 190ms), Pair(1, start + 250ms)));
  EXPECT_EQ(rig->counts().of(Outcome::completed), 2);
  EXPECT_EQ(rig->counts().retried, 4);
  EXPECT_EQ(crew->counts().retried, 4U);
  EXPECT_EQ(rig->mean(Span::handoff), Duration{0}) << "ends with the first attempt";
  EXPECT_EQ(rig->mean(Span::service), Duration{130ms}) << "holds all attempts";
  EXPECT_EQ(crew->busy_time(clock.now()), Duration{260ms});
}

TEST_F(RetryingWorker, FailsForTheLastReasonWhenTheAttemptsAreUsedUp) {
  fail(3);
  make();
  rig->offer();

  run();

  EXPECT_EQ(rig->counts().of(Outcome::failed), 1);
  EXPECT_EQ(rig->counts().retried, 2);
}

TEST_F(RetryingWorker, StopsAtTheDeadline) {
  fail(2);
  make();
  rig->offer(start + 100ms);

  run();

  EXPECT_EQ(backend.begun.size(), 2U) << "a third attempt would begin at 120 ms";
  EXPECT_EQ(rig->counts().of(Outcome::failed), 1);
}

TEST_F(RetryingWorker, KeepsToTheBudget) {
  fail(1);
  budget = 0.5;
  make();
  rig->offer_many(10);

  run();

  EXPECT_EQ(rig->counts().retried, 5);
  EXPECT_EQ(rig->counts().of(Outcome::completed), 5);
  EXPECT_EQ(rig->counts().of(Outcome::failed), 5);
}

TEST_F(RetryingWorker, IsUnfinishedWhileItWaitsForTheNextAttempt) {
  fail(1);
  make();
  rig->offer();
  run(start + 30ms);

  crew->abandon(clock.now());
  rig->settler().step(clock.now());

  EXPECT_EQ(rig->counts().of(Outcome::unfinished), 1);
  EXPECT_EQ(crew->step(clock.now()), never) << "nothing is left to be tried again";
}

}  // namespace
}  // namespace queuemeter
