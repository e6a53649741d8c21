// SPDX-License-Identifier: Apache-2.0
#include "harness/path/queued_entry.hpp"

#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

/// A queue that does as it is told: how many calls it has room for, and whether it says at once
/// what it accepted.
class ToldQueue final : public Queue {
 public:
  explicit ToldQueue(const Clock& clock) : clock_{clock} {}

  [[nodiscard]] const QueueTraits& traits() const noexcept override { return traits_; }
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(const Clock& /*clock*/,
                                                             ConfirmationSink* sink,
                                                             boost::asio::io_context*) override {
    confirmations = sink;
    return std::make_unique<Producer>(*this);
  }
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock&) override {
    return nullptr;
  }
  void close() noexcept override {}
  void interrupt() noexcept override {}
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override { return calls.size(); }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override { return bound_calls; }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> effective_settings()
      const override {
    return {};
  }

  std::size_t bound_calls = 1000;
  std::size_t window = SIZE_MAX;  ///< what `room()` says
  bool confirms_late = false;
  QueueResult refusal = QueueResult::full;
  std::deque<CallHandle> calls;
  std::vector<std::size_t> chunks;  ///< how many calls each operation was given
  ConfirmationSink* confirmations = nullptr;

 private:
  class Producer final : public QueueProducer {
   public:
    explicit Producer(ToldQueue& queue) : queue_{queue} {}
    ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override {
      queue_.chunks.push_back(calls.size());
      ChunkResult chunk;
      for (const CallHandle& call : calls) {
        Instant& offered_at = call.record->at.offered_at;
        offered_at = is_observed(offered_at) ? offered_at : queue_.clock_.now();
        if (queue_.calls.size() >= queue_.bound_calls) {
          chunk.result = queue_.refusal;
          break;
        }
        queue_.calls.push_back(call);
        accepted_at[chunk.done++] = queue_.confirms_late ? unobserved : queue_.clock_.now();
      }
      return chunk;
    }
    [[nodiscard]] std::size_t room() const noexcept override { return queue_.window; }

   private:
    ToldQueue& queue_;
  };

  const Clock& clock_;
  QueueTraits traits_{.name = "told", .summary = "does as it is told"};
};

/// Remembers which callers are free.
struct NotingCallers final : SettledSink {
  struct Note {
    std::uint32_t seat;
    Instant at;
    Ending ending = Ending::over;
    friend bool operator==(const Note&, const Note&) = default;
  };
  void settled(std::uint32_t seat, Instant at, Ending ending) noexcept override {
    notes.push_back({seat, at, ending});
  }
  std::vector<Note> notes;
};

struct World {
  explicit World(QueuedEntry::Rules rules, std::size_t records = 64, bool waiting = false)
      : all(records), pool{all} {
    const Settlement::AnswerIs answer =
        waiting ? Settlement::AnswerIs::result : Settlement::AnswerIs::acceptance;
    std::vector<std::unique_ptr<Settlement>> by_class;
    by_class.push_back(
        std::make_unique<Settlement>(window, answer, ledger.add_settler(), recorder));
    settlements = std::make_unique<Settlements>(std::move(by_class));
    by_class.clear();
    by_class.push_back(
        std::make_unique<Settlement>(window, answer, ledger.add_settler(), recorder));
    settlers = std::make_unique<Settlements>(std::move(by_class));
    pool.set_contested(true);
    entry = std::make_unique<QueuedEntry>(clock, CallMaker{1, 7, 0, {ClassTemplate{}}}, pool, queue,
                                          *settlements, rules);
    if (waiting) {
      entry->tell(&callers);
    }
    entry->connect(nullptr);
  }

  void offer(std::uint64_t first, std::size_t count) {
    std::vector<PlannedCall> due;
    for (std::uint64_t sequence = first; sequence < first + count; ++sequence) {
      due.push_back({.sequence = sequence,
                     .planned_at = clock.now(),
                     .draw_key = sequence,
                     .seat = static_cast<std::uint32_t>(sequence)});
      planner.planned(Phase::measure);
    }
    entry->offer(due, clock.now());
  }
  /// What workers and the settler do with the oldest call.
  void serve_one() {
    const CallHandle call = queue.calls.front();
    queue.calls.pop_front();
    serve(call);
  }
  void serve(CallHandle call) {
    CallRecord& record = *call.record;
    ASSERT_TRUE(record.claim(call.sequence));
    record.at.taken_at = clock.now();
    record.at.called_at = clock.now();
    record.at.replied_at = clock.now();
    record.at.returned_at = clock.now();
    if (record.decide()) {
      settlers->of(record).settle(record, clock.now());
    }
    pool.return_from(0, record);
  }
  [[nodiscard]] LedgerCounts counts() { return ledger.merge()[1]; }
  [[nodiscard]] std::int64_t reason(Reason reason) {
    return counts().reasons[static_cast<std::size_t>(reason)];
  }

  VirtualClock clock{start};
  RunWindow window{start, start, start + 1h};
  Ledger ledger;
  Ledger::Planner& planner = ledger.add_planner();
  Recorder recorder{"test"};
  std::vector<CallRecord> all;
  CallPool pool;
  ToldQueue queue{clock};
  NotingCallers callers;
  std::unique_ptr<Settlements> settlements;
  std::unique_ptr<Settlements> settlers;
  std::unique_ptr<QueuedEntry> entry;
};

constexpr QueuedEntry::Rules blocking{
    .reply_timeout = 5s, .held_limit = 4, .holds_when_full = true};

TEST(QueuedEntry, AFullQueueRejectsWhereNothingIsHeld) {
  World world{{.reply_timeout = 5s, .held_limit = 4}};
  world.queue.bound_calls = 3;

  world.offer(0, 10);

  EXPECT_EQ(world.queue.calls.size(), 3U);
  EXPECT_EQ(world.reason(Reason::full), 7);
}

TEST(QueuedEntry, HeldOffersGoOutInOrderWhenThereIsRoomAndTheirWaitIsAdmission) {
  World world{blocking};
  world.queue.bound_calls = 2;
  world.offer(0, 5);
  EXPECT_EQ(world.entry->in_flight(), 3U);
  EXPECT_EQ(world.counts().in_flight(), 5);

  world.clock.advance_by(30ms);
  world.serve_one();
  world.serve_one();
  world.offer(5, 1);  // behind those that are held, although the queue has room
  EXPECT_EQ(world.queue.calls.size(), 0U);
  world.entry->step(world.clock.now());

  ASSERT_EQ(world.queue.calls.size(), 2U);
  EXPECT_EQ(world.queue.calls[0].sequence, 2U);
  EXPECT_EQ(world.queue.calls[1].sequence, 3U);
  EXPECT_EQ(world.queue.calls[0].record->at.offered_at, start) << "offered when it was due";
  EXPECT_EQ(world.entry->in_flight(), 2U);
  const Histogram& admission = world.recorder.histogram(Phase::measure, Span::admission);
  EXPECT_EQ(admission.count(), 4U);
  EXPECT_NEAR(to_seconds(admission.max()), 0.030, 0.0001);
  EXPECT_EQ(world.recorder.histogram(Phase::measure, Span::lateness).max(), 0ns)
      << "a held offer is not late";
}

TEST(QueuedEntry, MoreThanMayBeHeldIsRejectedByTheCallersLimit) {
  World world{blocking};
  world.queue.bound_calls = 2;

  world.offer(0, 20);

  EXPECT_EQ(world.entry->in_flight(), 4U);
  EXPECT_EQ(world.reason(Reason::caller_limit), 14);
  EXPECT_EQ(world.reason(Reason::full), 0);
  EXPECT_EQ(world.counts().in_flight(), 6);
}

TEST(QueuedEntry, AFullQueueIsTriedAgainSoonAndAFullWindowWhenItSaysSo) {
  World full{blocking};
  full.queue.bound_calls = 0;
  full.offer(0, 1);
  EXPECT_LE(full.entry->step(start), start + 1ms);

  World windowed{{.reply_timeout = 5s, .held_limit = 4}};
  windowed.queue.window = 0;
  windowed.offer(0, 1);
  EXPECT_EQ(windowed.entry->step(start), start + 5s) << "until its caller gives up";
  windowed.queue.window = 1;
  windowed.entry->step(start);
  EXPECT_EQ(windowed.queue.calls.size(), 1U);
}

TEST(QueuedEntry, AHeldOfferIsGivenUpAfterTheReplyTimeout) {
  World world{blocking};
  world.queue.bound_calls = 0;
  world.offer(0, 3);

  world.clock.advance_by(5s);
  world.entry->step(world.clock.now());

  EXPECT_EQ(world.reason(Reason::reply_timeout), 3);
  world.queue.bound_calls = 10;
  world.entry->step(world.clock.now());
  EXPECT_EQ(world.queue.calls.size(), 0U) << "nobody waits for them any more";
  EXPECT_EQ(world.entry->in_flight(), 0U);
  world.offer(3, 1);
  EXPECT_EQ(world.queue.calls.size(), 1U) << "and their places are free";
}

TEST(QueuedEntry, WhatIsStillHeldWhenTheDrainIsOverIsUnfinished) {
  World world{blocking};
  world.queue.bound_calls = 0;
  world.offer(0, 3);

  world.entry->abandon_rest(start + 1s);

  EXPECT_EQ(world.counts().of(Outcome::unfinished), 3);
}

TEST(QueuedEntry, OffersWhatIsDueAtOnceInChunksOfAtMost64) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 256};

  world.offer(0, 150);
  world.offer(150, 3);

  EXPECT_EQ(world.queue.chunks, (std::vector<std::size_t>{64, 64, 22, 3}));
}

TEST(QueuedEntry, TheWindowBoundsAChunk) {
  World world{{.reply_timeout = 5s, .held_limit = 64}};
  world.queue.window = 3;

  world.offer(0, 7);

  EXPECT_EQ(world.queue.chunks, (std::vector<std::size_t>{3, 3, 1}));
}

TEST(QueuedEntry, ACallersCallThatComesBackFreesIt) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 64, true};
  world.offer(0, 2);

  world.clock.advance_by(10ms);
  world.serve_one();
  world.entry->step(world.clock.now());

  EXPECT_EQ(world.callers.notes, (std::vector<NotingCallers::Note>{{0, start + 10ms}}));
}

TEST(QueuedEntry, ALostReplyFreesItsCallerAfterTheReplyTimeoutAndWhatComesLaterIsWasted) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 64, true};
  world.offer(0, 2);
  EXPECT_EQ(world.entry->step(start), start + 5s);

  world.clock.advance_by(5s);
  world.entry->step(world.clock.now());
  EXPECT_EQ(world.callers.notes,
            (std::vector<NotingCallers::Note>{{0, start + 5s}, {1, start + 5s}}));
  EXPECT_EQ(world.reason(Reason::reply_timeout), 2);

  world.clock.advance_by(1s);
  world.serve_one();
  world.entry->step(world.clock.now());

  const LedgerCounts counts = world.counts();
  EXPECT_EQ(counts.wasted, 1);
  EXPECT_EQ(counts.of(Outcome::failed), 2);
  EXPECT_EQ(counts.of(Outcome::completed), 0);
  EXPECT_EQ(counts.duplicated, 0);
  EXPECT_EQ(world.callers.notes.size(), 2U) << "a caller is told once";
}

TEST(QueuedEntry, AReplyThatWasSettledInTimeIsNotGivenUpToo) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 64, true};
  world.offer(0, 1);
  world.clock.advance_by(4900ms);
  const CallHandle call = world.queue.calls.front();
  ASSERT_TRUE(call.record->claim(call.sequence));
  ASSERT_TRUE(call.record->decide()) << "the settler was first";

  world.clock.advance_by(100ms);
  world.entry->step(world.clock.now());
  EXPECT_TRUE(world.callers.notes.empty());
  EXPECT_EQ(world.counts().of(Outcome::failed), 0);

  call.record->at.returned_at = start + 4900ms;
  world.settlers->of(*call.record).settle(*call.record, start + 4900ms);
  world.pool.return_from(0, *call.record);
  world.entry->step(world.clock.now());
  EXPECT_EQ(world.callers.notes, (std::vector<NotingCallers::Note>{{0, start + 4900ms}}));
  EXPECT_EQ(world.counts().of(Outcome::completed), 1);
}

TEST(QueuedEntry, ARefusedCallerIsToldSo) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 2, true};
  world.queue.bound_calls = 1;

  world.offer(0, 3);

  EXPECT_EQ(world.reason(Reason::full), 1);
  EXPECT_EQ(world.reason(Reason::caller_limit), 1);
  EXPECT_EQ(world.callers.notes,
            (std::vector<NotingCallers::Note>{{1, start, SettledSink::Ending::refused},
                                              {2, start, SettledSink::Ending::refused}}));
}

TEST(QueuedEntry, AnAcceptanceThatComesLateIsTheAnswer) {
  World world{{.reply_timeout = 5s, .held_limit = 4}};
  world.queue.confirms_late = true;
  world.offer(0, 1);
  EXPECT_EQ(world.recorder.histogram(Phase::measure, Span::answer).count(), 0U);

  world.queue.confirmations->confirmed(world.queue.calls.front(), QueueResult::ok, start + 7ms);

  EXPECT_NEAR(to_seconds(world.recorder.histogram(Phase::measure, Span::answer).max()), 0.007,
              1e-5);
}

TEST(QueuedEntry, ARecordThatReturnsBeforeItsConfirmationIsNotUsedAgainUntilThen) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 1};
  world.queue.confirms_late = true;
  world.offer(0, 1);
  const CallHandle call = world.queue.calls.front();
  world.serve_one();
  world.entry->step(start);

  world.offer(1, 1);
  EXPECT_EQ(world.reason(Reason::caller_limit), 1) << "the only record is not free";

  world.queue.confirmations->confirmed(call, QueueResult::ok, start);
  world.queue.confirmations->confirmed(call, QueueResult::ok, start);
  world.offer(2, 1);
  EXPECT_EQ(world.queue.calls.size(), 1U);
  EXPECT_EQ(world.recorder.histogram(Phase::measure, Span::admission).count(), 1U);
}

TEST(QueuedEntry, WhatTheQueueRefusesLateIsRejectedAndWhatItForgetsIsUnknown) {
  World world{{.reply_timeout = 5s, .held_limit = 4}};
  world.queue.confirms_late = true;
  world.offer(0, 2);
  const CallHandle refused = world.queue.calls[0];
  const CallHandle forgotten = world.queue.calls[1];

  world.queue.confirmations->confirmed(refused, QueueResult::full, start);
  world.queue.confirmations->confirmed(forgotten, QueueResult::failed, start);

  EXPECT_EQ(world.reason(Reason::full), 1);
  EXPECT_EQ(world.reason(Reason::unconfirmed), 1);
  EXPECT_EQ(world.counts().of(Outcome::unknown), 1);

  world.serve(forgotten);  // it had arrived after all
  world.entry->step(start);
  const LedgerCounts counts = world.counts();
  EXPECT_EQ(counts.of(Outcome::unknown), 0);
  EXPECT_EQ(counts.of(Outcome::completed), 1);
  EXPECT_EQ(counts.phantom, 1);
  EXPECT_EQ(counts.duplicated, 0);
}

TEST(QueuedEntry, RecordsOfCallsInDoubtAreUsedAgainWhenNoOthersAreLeft) {
  World world{{.reply_timeout = 5s, .held_limit = 4}, 2};
  world.queue.confirms_late = true;
  world.offer(0, 2);
  const CallHandle first = world.queue.calls[0];
  world.queue.confirmations->confirmed(first, QueueResult::failed, start);

  world.offer(2, 2);

  EXPECT_EQ(world.queue.calls.size(), 3U);
  EXPECT_EQ(world.reason(Reason::caller_limit), 1);
  EXPECT_FALSE(first.record->claim(first.sequence)) << "a late delivery of it is recognised";
}

TEST(QueuedEntry, WhatWasNeverConfirmedIsUnknownInTheEnd) {
  World world{{.reply_timeout = 5s, .held_limit = 4}};
  world.queue.confirms_late = true;
  world.offer(0, 3);

  world.entry->abandon_rest(start + 1s);

  EXPECT_EQ(world.counts().of(Outcome::unknown), 3);
}

TEST(QueuedEntry, OnThePathOfferACallIsDoneWhenTheQueueHasIt) {
  for (const bool late : {false, true}) {
    World world{{.reply_timeout = 5s, .held_limit = 4, .done_when_accepted = true}, 8};
    world.queue.confirms_late = late;

    for (std::uint64_t call = 0; call < 100; ++call) {
      world.offer(call, 1);
      world.clock.advance_by(1ms);
      if (late) {
        world.queue.confirmations->confirmed(world.queue.calls.back(), QueueResult::ok,
                                             world.clock.now());
      }
    }

    EXPECT_EQ(world.counts().of(Outcome::completed), 100);
    EXPECT_EQ(world.recorder.histogram(Phase::measure, Span::answer).count(), 100U);
    EXPECT_EQ(world.recorder.histogram(Phase::measure, Span::completion).count(), 0U)
        << "nothing is completed that anybody could see";
  }
}

}  // namespace
}  // namespace queuemeter
