// SPDX-License-Identifier: Apache-2.0
#include "harness/path/saturation.hpp"

#include "harness/call/clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/record_table.hpp"
#include "queue_impls/catalogue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t record_count = 256;
constexpr std::size_t bound = 100;

LedgerCounts sum_of(const std::array<LedgerCounts, phase_count>& counts) {
  LedgerCounts sum = counts[0];
  sum += counts[1];
  return sum;
}

std::int64_t count_of(const LedgerCounts& counts, Outcome outcome) {
  return counts.outcomes[static_cast<std::size_t>(outcome)];
}

/// One source, one queue and some consumers, driven by the test.
class Rig {
 public:
  explicit Rig(const Clock& clock, const char* queue_name = "spsc_ring", std::size_t consumers = 1,
               Settlement::Detail detail = Settlement::Detail::every_span, ClassTemplate form = {},
               bool is_drained = true)
      : window{clock.now(), clock.now() + 1ms, clock.now() + 1h},
        table{1},
        recorders{8},
        clock_{clock},
        detail_{detail} {
    QueueSettings settings;
    settings.use = queue_name;
    settings.bound = bound;
    settings.wait = WaitPolicyKind::spin_yield;
    queue = std::move(queues::open_queue(settings, QueueContext{.intake = &table}).value());
    table.make_room(record_count);
    pool = std::make_unique<CallPool>(table.records(), consumers);
    Settlements& offering = add_settlements();
    source = std::make_unique<SaturatingSource>(
        SaturatingSource::Parts{.clock = clock,
                                .window = window,
                                .maker = CallMaker{1, 7, 0, {std::move(form)}},
                                .pool = *pool,
                                .queue = *queue,
                                .settlements = offering,
                                .ledger = ledger.add_planner(),
                                .sequences = sequences,
                                .is_drained = is_drained});
    for (std::size_t lane = 0; lane < consumers; ++lane) {
      draining.push_back(std::make_unique<DrainingConsumer>(
          DrainingConsumer::Parts{.clock = clock,
                                  .queue = *queue,
                                  .settlements = add_settlements(),
                                  .pools = {pool.get()},
                                  .lane = lane,
                                  .is_alone = consumers == 1}));
    }
  }

  [[nodiscard]] DrainingConsumer& consumer() { return *draining.front(); }
  [[nodiscard]] LedgerCounts counts() { return sum_of(ledger.merge()); }
  [[nodiscard]] std::uint64_t samples(Span span) const {
    return recorders.merged(Phase::warm_up, span).count() +
           recorders.merged(Phase::measure, span).count();
  }

  RunWindow window;
  RecordTable table;
  Ledger ledger;
  Recorders recorders;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<CallPool> pool;
  SequenceStretches sequences;
  std::unique_ptr<SaturatingSource> source;
  std::vector<std::unique_ptr<DrainingConsumer>> draining;

 private:
  Settlements& add_settlements() {
    std::vector<std::unique_ptr<Settlement>> by_class;
    by_class.push_back(std::make_unique<Settlement>(window, Settlement::AnswerIs::acceptance,
                                                    ledger.add_settler(), recorders.add("test"),
                                                    detail_));
    return *settlements_.emplace_back(std::make_unique<Settlements>(std::move(by_class)));
  }

  const Clock& clock_;
  Settlement::Detail detail_;
  std::vector<std::unique_ptr<Settlements>> settlements_;
};

TEST(Saturation, EveryCallIsPlannedOfferedTakenAndCompletedOnce) {
  VirtualClock clock;
  Rig rig{clock};
  rig.source->connect();
  rig.consumer().connect();

  std::int64_t taken = 0;
  for (int chunk = 0; chunk < 1000; ++chunk) {
    clock.advance_by(10us);
    rig.source->step(clock.now());
    clock.advance_by(1us);
    rig.consumer().step(clock.now());
    taken += static_cast<std::int64_t>(rig.consumer().moved());
    if (chunk % 100 == 0) {
      EXPECT_EQ(rig.counts().in_flight(), 0) << "all are settled between two chunks";
      EXPECT_LE(rig.ledger.live_blocks(), 4U) << "numbers are dense, so full blocks are dropped";
    }
  }

  const LedgerCounts counts = rig.counts();
  EXPECT_EQ(taken, 1000 * static_cast<std::int64_t>(saturation_chunk));
  EXPECT_EQ(counts.planned, taken);
  EXPECT_EQ(counts.offered, taken);
  EXPECT_EQ(count_of(counts, Outcome::completed), taken);
  EXPECT_EQ(counts.duplicated, 0);
  EXPECT_EQ(counts.reordered, 0);
  EXPECT_EQ(rig.consumer().taken(), static_cast<std::uint64_t>(taken));
  EXPECT_EQ(rig.consumer().front(), clock.now() - 1us);
  const Histogram queueing = rig.recorders.merged(Phase::measure, Span::queueing);
  EXPECT_EQ(queueing.value_at(0.0), 1us);
  EXPECT_EQ(queueing.value_at(1.0), 1us);
}

TEST(Saturation, AFullQueueHoldsTheChunkAndPlansNothingMore) {
  VirtualClock clock;
  Rig rig{clock};
  rig.source->connect();
  rig.consumer().connect();

  rig.source->step(clock.now());
  rig.source->step(clock.now());
  const std::int64_t planned = rig.counts().planned;
  clock.advance_by(5us);
  EXPECT_EQ(rig.source->step(clock.now()), clock.now()) << "it wants to try again at once";
  EXPECT_EQ(rig.source->moved(), 0U);
  EXPECT_EQ(rig.counts().planned, planned);
  EXPECT_EQ(rig.queue->depth(), bound);

  rig.consumer().step(clock.now());
  clock.advance_by(5us);
  rig.source->step(clock.now());

  EXPECT_EQ(rig.source->moved(), 2 * saturation_chunk - bound);
  EXPECT_EQ(rig.counts().planned, planned);
  const Histogram admission = rig.recorders.merged(Phase::warm_up, Span::admission);
  EXPECT_EQ(Histogram::index_of(admission.value_at(1.0)), Histogram::index_of(10us))
      << "of the one call that the full queue had refused";
  EXPECT_EQ(admission.samples_beyond(0.99), 1U);
}

TEST(Saturation, WhatIsHeldAtTheEndWasRefused) {
  VirtualClock clock;
  Rig rig{clock};
  rig.source->connect();
  rig.source->step(clock.now());
  rig.source->step(clock.now());

  rig.source->give_up(clock.now());

  const LedgerCounts counts = rig.counts();
  EXPECT_EQ(count_of(counts, Outcome::rejected),
            static_cast<std::int64_t>(2 * saturation_chunk - bound));
  EXPECT_EQ(counts.in_flight(), static_cast<std::int64_t>(bound));
}

TEST(Saturation, ASweepFindsTheNamesOfWhatIsStillInTheQueue) {
  VirtualClock clock;
  Rig rig{clock};
  rig.source->connect();
  clock.advance_by(3us);
  rig.source->step(clock.now());
  rig.source->disconnect();

  std::array<CallHandle, saturation_chunk> calls;
  std::array<Instant, saturation_chunk> at;
  const std::size_t found = rig.queue->make_consumer(clock)->take(calls, at).done;

  ASSERT_EQ(found, saturation_chunk);
  for (const CallHandle& call : calls) {
    ASSERT_TRUE(call.record->claim(call.sequence));
    ASSERT_EQ(call.record->call.sequence, call.sequence);
    ASSERT_EQ(call.record->call.planned_at, clock.now());
  }
}

TEST(Saturation, NamesEachCallForWorkersThatLookAtIt) {
  VirtualClock clock;
  Rig rig{clock, "spsc_ring", 1, Settlement::Detail::every_span, {}, false};
  rig.source->connect();
  rig.source->step(clock.now());
  clock.advance_by(3us);

  std::array<CallHandle, saturation_chunk> calls;
  std::array<Instant, saturation_chunk> at;
  ASSERT_EQ(rig.queue->make_consumer(clock)->take(calls, at).done, saturation_chunk);

  for (const CallHandle& call : calls) {
    ASSERT_EQ(call.record->call.sequence, call.sequence);
    ASSERT_EQ(call.record->call.draw_key, call.sequence);
    ASSERT_EQ(call.record->call.planned_at, clock.now() - 3us);
  }
}

TEST(Saturation, EndsWhenItsTrafficIsStopped) {
  VirtualClock clock;
  Rig rig{clock};
  rig.source->connect();
  rig.consumer().connect();
  rig.source->step(clock.now());
  EXPECT_FALSE(rig.source->finished());

  rig.source->stop_at(clock.now() + 1us);
  clock.advance_by(1us);

  EXPECT_EQ(rig.source->step(clock.now()), never);
  EXPECT_TRUE(rig.source->finished());
}

TEST(Saturation, RecordsAllSpansOrTwo) {
  for (const auto detail :
       {Settlement::Detail::every_span, Settlement::Detail::completion_and_queueing}) {
    VirtualClock clock;
    Rig rig{clock, "null", 1, detail};
    rig.source->connect();
    rig.consumer().connect();
    rig.source->step(clock.now());
    rig.consumer().step(clock.now());

    const std::uint64_t others =
        detail == Settlement::Detail::every_span ? saturation_chunk : std::uint64_t{0};
    EXPECT_EQ(rig.samples(Span::completion), saturation_chunk);
    EXPECT_EQ(rig.samples(Span::queueing), saturation_chunk);
    EXPECT_EQ(rig.samples(Span::lateness), others);
    EXPECT_EQ(rig.samples(Span::admission), others);
    EXPECT_EQ(rig.samples(Span::answer), others);
    EXPECT_EQ(rig.samples(Span::service), 0U) << "nothing is called";
  }
}

TEST(DrainingConsumer, CountsADeliveryTooManyAndACallThatWasOvertaken) {
  VirtualClock clock;
  Rig rig{clock, "mutex_deque"};
  const CallMaker maker{1, 7, 0, {ClassTemplate{}}};
  rig.consumer().connect();
  std::array<CallHandle, 3> calls;
  for (std::uint64_t sequence = 0; sequence < calls.size(); ++sequence) {
    CallRecord* const record = rig.pool->acquire();
    maker.fill(*record, {.sequence = sequence, .planned_at = clock.now()});
    record->publish(sequence);
    calls[sequence] = {record, sequence};
  }
  const std::array<CallHandle, 4> sent{calls[0], calls[2], calls[1], calls[2]};
  std::array<Instant, 4> at;

  ASSERT_EQ(rig.queue->make_producer(clock)->offer(sent, at).done, sent.size());
  rig.consumer().step(clock.now());

  EXPECT_EQ(rig.counts().duplicated, 1);
  EXPECT_EQ(rig.counts().reordered, 1);
  EXPECT_EQ(count_of(rig.counts(), Outcome::completed), 3);
  std::size_t back = 0;
  std::array<CallRecord*, record_count> records;
  back = rig.pool->acquire(records);
  EXPECT_EQ(back, record_count) << "each record came back once";
}

TEST(DrainingConsumer, DoesNotServeWhatHasExpired) {
  VirtualClock clock;
  Rig rig{clock, "spsc_ring", 1, Settlement::Detail::every_span,
          ClassTemplate{.deadline = Distribution::constant(5us)}};
  rig.source->connect();
  rig.consumer().connect();

  rig.source->step(clock.now());
  clock.advance_by(5us);
  rig.consumer().step(clock.now());
  rig.source->step(clock.now());
  clock.advance_by(4us);
  rig.consumer().step(clock.now());

  EXPECT_EQ(count_of(rig.counts(), Outcome::expired), static_cast<std::int64_t>(saturation_chunk));
  EXPECT_EQ(count_of(rig.counts(), Outcome::completed),
            static_cast<std::int64_t>(saturation_chunk));
}

/// On real threads, until a hundred thousand calls are through; then traffic stops and what is in
/// the queue is drained.
void run_on_threads(const char* queue_name, std::size_t consumers) {
  const MonotonicClock clock;
  Rig rig{clock, queue_name, consumers};
  std::atomic<bool> running{true};
  std::vector<std::jthread> threads;
  for (const auto& consumer : rig.draining) {
    threads.emplace_back([&running, &consumer] {
      consumer->connect();
      consumer->run(running);
      consumer->disconnect();
    });
  }
  std::jthread offering{[&] {
    rig.source->connect();
    rig.source->run(running);
    rig.source->disconnect();
  }};
  const auto taken = [&rig] {
    std::uint64_t sum = 0;
    for (const auto& consumer : rig.draining) {
      sum += consumer->taken();
    }
    return sum;
  };
  while (taken() < 100'000) {
    std::this_thread::yield();
    EXPECT_GE(rig.counts().in_flight(), 0);
  }
  rig.source->stop_at(clock.now());
  offering.join();
  rig.queue->close();  // they drain it, and end
  threads.clear();

  const LedgerCounts counts = rig.counts();
  EXPECT_TRUE(rig.source->finished());
  EXPECT_EQ(count_of(counts, Outcome::completed), counts.planned);
  EXPECT_EQ(counts.in_flight(), 0);
  EXPECT_EQ(counts.duplicated, 0);
  EXPECT_EQ(rig.recorders.negative_spans(), 0U);
}

TEST(Saturation, BalancesOnTwoThreads) { run_on_threads("spsc_ring", 1); }

TEST(Saturation, BalancesWithSeveralConsumers) { run_on_threads("mutex_deque", 3); }

}  // namespace
}  // namespace queuemeter
