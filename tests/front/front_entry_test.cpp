// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_entry.hpp"

#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "tests/front/told_site.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

/// Remembers which callers are free.
struct NotingCallers final : SettledSink {
  void settled(std::uint32_t seat, Instant /*at*/, Ending ending) noexcept override {
    free.push_back(seat);
    refused += ending == Ending::refused ? 1 : 0;
  }
  std::vector<std::uint32_t> free;
  int refused = 0;
};

/// Reports what a test says.
class ToldCompletions final : public CompletionSource {
 public:
  [[nodiscard]] Result<void> listen(boost::asio::io_context& /*loop*/) override { return {}; }
  void open(CompletionSink& sink) override { sink_ = &sink; }
  void close() override { sink_ = nullptr; }
  [[nodiscard]] CompletionCounts counts() const noexcept override { return {}; }
  void report(const Completion& completion) { sink_->completed(completion); }

 private:
  CompletionSink* sink_ = nullptr;
};

struct World {
  explicit World(CompletedBy completed_by, bool waiting = false, std::size_t records = 8,
                 bool site_names_places = false, SiteWords words = SiteWords::of_http)
      : all(records), pool{all} {
    places.make_room(records);
    for (std::uint32_t slot = 0; slot < records; ++slot) {
      all[slot].call.slot = slot;
    }
    std::vector<std::unique_ptr<Settlement>> by_class;
    by_class.push_back(std::make_unique<Settlement>(
        window,
        completed_by == CompletedBy::response ? Settlement::AnswerIs::result
                                              : Settlement::AnswerIs::acceptance,
        ledger.add_settler(), recorder, Settlement::Detail::behind_a_front));
    settlements = std::make_unique<Settlements>(std::move(by_class));
    const bool reported =
        completed_by == CompletedBy::callback || completed_by == CompletedBy::backend;
    entry = std::make_unique<FrontEntry>(
        clock, CallMaker{1, 7, 0, {ClassTemplate{}}}, pool,
        FrontEntry::Ways{.requests = site,
                         .results = completed_by == CompletedBy::response ? nullptr : &results,
                         .places = site_names_places ? &places : nullptr,
                         .completions = reported ? &completions : nullptr},
        *settlements, window,
        FrontEntry::Rules{.completed_by = completed_by,
                          .words = words,
                          .reply_timeout = 1s,
                          .poll_interval = 100ms,
                          .sweep_calls = 4,
                          .sweep_patience = 2s});
    if (waiting) {
      entry->tell(&callers);
    }
    entry->connect(nullptr);
  }
  ~World() { entry->disconnect(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void offer(std::uint64_t sequence) {
    const PlannedCall call{.sequence = sequence,
                           .planned_at = clock.now(),
                           .draw_key = sequence,
                           .seat = static_cast<std::uint32_t>(sequence)};
    planner.planned(Phase::measure);
    planner.offered(Phase::measure);
    entry->offer({&call, 1}, clock.now());
  }
  void pass(Duration span) {
    clock.advance_by(span);
    entry->step(clock.now());
  }
  /// The call's result comes now, and how it went.
  void report(std::uint64_t sequence, Outcome outcome = Outcome::completed,
              Reason reason = Reason::none) {
    completions.report(
        {.sequence = sequence, .outcome = outcome, .reason = reason, .returned_at = clock.now()});
  }
  /// To the end: sweep included, for as long as it takes.
  void finish() {
    entry->begin_sweep(clock.now());
    while (entry->is_sweeping(clock.now())) {
      pass(10ms);
    }
    entry->abandon_rest(clock.now());
  }
  LedgerCounts counts() { return ledger.merge()[static_cast<std::size_t>(Phase::measure)]; }
  std::int64_t of(Outcome outcome) { return counts().of(outcome); }
  std::int64_t of(Reason reason) { return counts().of(reason); }
  [[nodiscard]] std::uint64_t samples(Span span) const {
    return recorder.histogram(Phase::measure, span).count();
  }
  [[nodiscard]] Duration longest(Span span) const {
    return recorder.histogram(Phase::measure, span).max();
  }

  VirtualClock clock{start};
  RunWindow window{start, start, start + 1h};
  Ledger ledger;
  Ledger::Planner& planner = ledger.add_planner();
  Recorder recorder{"offerer 0"};
  NotingCallers callers;
  ToldSite site{clock};
  ToldSite results{clock};
  ToldCompletions completions;
  ResultPlaces places{"site"};
  std::vector<CallRecord> all;
  CallPool pool;
  std::unique_ptr<Settlements> settlements;
  std::unique_ptr<FrontEntry> entry;
};

TEST(FrontByResponse, HasOneClockForAnswerAndResult) {
  World world{CompletedBy::response};

  world.offer(0);
  world.pass(20ms);
  world.site.answer(0, 200);

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_EQ(world.samples(Span::answer), 1U);
  EXPECT_EQ(world.longest(Span::answer), world.longest(Span::completion));
  for (const Span unseen : {Span::admission, Span::queueing, Span::handoff, Span::service}) {
    EXPECT_EQ(world.samples(unseen), 0U) << "nobody saw it";
  }
}

TEST(Front, ThatIsFullOrLimitsItsClientsRejectsAndDoesNotFail) {
  World world{CompletedBy::response};

  world.offer(0);
  world.offer(1);
  world.offer(2);
  world.site.answer(0, 503, Reason::backend_refused);
  world.site.answer(1, 429, Reason::backend_quota);
  world.site.answer(2, 500);

  EXPECT_EQ(world.of(Reason::full), 1);
  EXPECT_EQ(world.of(Reason::quota), 1);
  EXPECT_EQ(world.of(Outcome::rejected), 2);
  EXPECT_EQ(world.of(Reason::backend_error), 1);
  EXPECT_EQ(world.of(Outcome::failed), 1);
}

TEST(Front, RejectsBeyondTheCallersLimitAlsoWhileOnlyResultsAreOwed) {
  World world{CompletedBy::callback, false, 2};

  world.offer(0);
  world.offer(1);
  world.site.answer(0, 202);
  world.site.answer(1, 202);
  world.offer(2);

  EXPECT_EQ(world.of(Reason::caller_limit), 1);
  world.report(0);
  world.offer(3);
  EXPECT_TRUE(world.site.is_asked(3)) << "a result makes room";
}

TEST(FrontByCallback, HasTwoClocks) {
  World world{CompletedBy::callback};

  world.offer(0);
  world.pass(10ms);
  world.site.answer(0, 202);
  world.pass(300ms);
  world.report(0);

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_EQ(world.samples(Span::answer), 1U);
  EXPECT_NEAR(to_seconds(world.longest(Span::answer)), 0.01, 1e-4);
  EXPECT_NEAR(to_seconds(world.longest(Span::completion)), 0.31, 1e-3);
  EXPECT_NEAR(to_seconds(world.longest(Span::admission)), 0.01, 1e-4);
}

TEST(FrontByCallback, WaitsLongerForTheResultThanForTheAnswer) {
  World world{CompletedBy::callback};

  world.offer(0);
  world.site.answer(0, 202);
  world.offer(1);  // never answered
  world.pass(1s);

  EXPECT_EQ(world.of(Reason::reply_timeout), 1);
  EXPECT_EQ(world.site.abandoned, 1U);
  world.pass(1min);
  world.report(0);
  EXPECT_EQ(world.of(Outcome::completed), 1);
}

TEST(FrontByCallback, ThatComesBeforeTheAnswerCountsWithTheAnswer) {
  World world{CompletedBy::callback};

  world.offer(0);
  world.pass(5ms);
  world.report(0);
  EXPECT_EQ(world.of(Outcome::completed), 0);
  world.pass(5ms);
  world.site.answer(0, 202);

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_NEAR(to_seconds(world.longest(Span::completion)), 0.005, 1e-4);
  EXPECT_NEAR(to_seconds(world.longest(Span::answer)), 0.01, 1e-4);
}

TEST(FrontByCallback, ASecondResultIsDuplicatedAndOneForAFailedCallIsWasted) {
  World world{CompletedBy::callback};

  world.offer(0);
  world.site.answer(0, 202);
  world.report(0);
  world.report(0);
  world.report(0);
  world.offer(1);
  world.pass(1s);
  world.report(1);
  world.report(1);

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_EQ(world.counts().wasted, 1);
  EXPECT_EQ(world.counts().duplicated, 3);
}

TEST(FrontByCallback, AnEarlyResultOfACallThatIsThenRefusedIsWasted) {
  World world{CompletedBy::callback};

  world.offer(0);
  world.report(0);
  world.report(0);
  world.site.answer(0, 500);
  world.offer(1);
  world.report(1);
  world.pass(1s);

  EXPECT_EQ(world.of(Outcome::failed), 2);
  EXPECT_EQ(world.counts().wasted, 2);
  EXPECT_EQ(world.counts().duplicated, 1);
}

TEST(FrontByCallback, AResultThatSaysItFailedFails) {
  World world{CompletedBy::callback};

  world.offer(0);
  world.site.answer(0, 202);
  world.report(0, Outcome::failed, Reason::backend_error);

  EXPECT_EQ(world.of(Reason::backend_error), 1);
}

TEST(FrontSweep, TellsUnfinishedFromLostAndFromWhatNobodyKnows) {
  World world{CompletedBy::callback, false, 8};
  for (std::uint64_t sequence = 0; sequence < 6; ++sequence) {
    world.offer(sequence);
  }
  for (std::uint64_t sequence = 0; sequence < 5; ++sequence) {
    world.site.answer(sequence, 202);
  }

  world.entry->begin_sweep(world.clock.now());
  EXPECT_EQ(world.results.out(), 4U) << "as many as may be asked for";
  world.results.answer(0, 202);
  world.results.answer(1, 404);
  world.results.answer(2, 200);
  world.results.answer(3, 500);
  world.finish();

  EXPECT_EQ(world.of(Outcome::unfinished), 2) << "one in the queue, one without an answer";
  EXPECT_EQ(world.of(Outcome::lost), 2);
  EXPECT_EQ(world.of(Reason::no_callback), 1) << "the site is done with it";
  EXPECT_EQ(world.of(Outcome::unknown), 2) << "no answer, and not asked";
  EXPECT_EQ(world.counts().in_flight(), 0);
}

TEST(FrontSweep, ABelatedCallbackWinsOverWhatTheSiteSaid) {
  World world{CompletedBy::callback};
  world.offer(0);
  world.site.answer(0, 202);

  world.entry->begin_sweep(world.clock.now());
  world.results.answer(0, 200);
  EXPECT_TRUE(world.entry->is_sweeping(world.clock.now())) << "its callback may be on its way";
  world.report(0);
  world.finish();

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_EQ(world.of(Outcome::lost), 0);
}

TEST(FrontSweep, EndsWhenTheSiteDoesNotAnswer) {
  World world{CompletedBy::callback};
  world.offer(0);
  world.site.answer(0, 202);
  const Instant began = world.clock.now();

  world.finish();

  EXPECT_LE(world.clock.now() - began, 2s + 10ms);
  EXPECT_EQ(world.results.abandoned, 1U);
  EXPECT_EQ(world.of(Outcome::unknown), 1);
}

TEST(FrontByPoll, AsksAtItsIntervalUntilTheResultIsThere) {
  World world{CompletedBy::poll};

  world.offer(0);
  world.site.answer(0, 202);
  world.pass(99ms);
  EXPECT_FALSE(world.results.is_asked(0));
  world.pass(1ms);
  world.results.answer(0, 202);
  world.pass(100ms);
  world.results.answer(0, 404);
  world.pass(100ms);
  world.results.answer(0, 503, Reason::backend_refused);
  world.pass(100ms);
  world.pass(3ms);
  world.results.answer(0, 200);

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_NEAR(to_seconds(world.longest(Span::completion)), 0.403, 1e-3);
  EXPECT_EQ(world.entry->polls().asked, 4U);
  EXPECT_EQ(world.entry->polls().unanswered, 1U);
  EXPECT_EQ(world.entry->polls().time, 3ms);
}

TEST(FrontByPoll, ASiteThatNamesNoPlaceForTheResultAnsweredWrongly) {
  World world{CompletedBy::poll, false, 8, true};

  world.offer(0);
  world.offer(1);
  world.site.answer(0, 202, Reason::none, "/calls/0");
  world.site.answer(1, 202);
  world.pass(100ms);

  EXPECT_EQ(world.of(Reason::wrong_answer), 1);
  EXPECT_TRUE(world.results.is_asked(0));
}

TEST(FrontSweep, DoesNotAskWhereNoPlaceIsKnown) {
  World world{CompletedBy::callback, false, 8, true};
  world.offer(0);
  world.offer(1);
  world.site.answer(0, 202, Reason::none, "/calls/0");
  world.site.answer(1, 202);

  world.entry->begin_sweep(world.clock.now());
  EXPECT_EQ(world.results.out(), 1U);
  world.results.answer(0, 404);
  world.finish();

  EXPECT_EQ(world.of(Outcome::lost), 1);
  EXPECT_EQ(world.of(Outcome::unknown), 1);
}

TEST(FrontByPoll, OurOwnFrontEndSaysForGoodHowACallEnded) {
  World world{CompletedBy::poll, false, 8, false, SiteWords::of_ours};
  for (std::uint64_t sequence = 0; sequence < 3; ++sequence) {
    world.offer(sequence);
    world.site.answer(sequence, 202);
  }
  world.pass(100ms);
  world.results.answer(0, 502);
  world.results.answer(1, 504);
  world.results.answer(2, 410);
  world.finish();

  EXPECT_EQ(world.of(Reason::backend_error), 1);
  EXPECT_EQ(world.of(Outcome::expired), 1);
  EXPECT_EQ(world.of(Outcome::unknown), 1) << "not looked at again, and the sweep had no answer";
}

TEST(FrontByPoll, AGatewaysTroubleIsNotTheCalls) {
  World world{CompletedBy::poll};

  world.offer(0);
  world.site.answer(0, 202);
  world.pass(100ms);
  world.results.answer(0, 502);
  world.pass(100ms);
  world.results.answer(0, 504);
  world.pass(100ms);
  world.results.answer(0, 200);

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_EQ(world.entry->polls().unanswered, 2U);
}

TEST(FrontByResponse, OurOwnFrontEndTellsExpiredAndStillWaiting) {
  World world{CompletedBy::response, false, 8, false, SiteWords::of_ours};

  world.offer(0);
  world.offer(1);
  world.site.answer(0, 504);
  world.site.answer(1, 202, Reason::wrong_answer);

  EXPECT_EQ(world.of(Outcome::expired), 1);
  EXPECT_EQ(world.of(Reason::reply_timeout), 1);
}

TEST(FrontByPoll, WhatTheSiteThrewAwayIsShed) {
  World world{CompletedBy::poll};

  world.offer(0);
  world.site.answer(0, 202);
  world.pass(100ms);
  world.results.answer(0, 410);

  EXPECT_EQ(world.of(Outcome::shed), 1);
}

TEST(FrontByPoll, AResultThatTheSweepFindsIsUnfinished) {
  World world{CompletedBy::poll};
  for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{1}}) {
    world.offer(sequence);
    world.site.answer(sequence, 202);
  }
  world.pass(100ms);  // both questions are out when the drain ends

  world.entry->begin_sweep(world.clock.now());
  world.results.answer(0, 200);
  world.results.answer(1, 404);
  world.finish();

  EXPECT_EQ(world.of(Outcome::unfinished), 1);
  EXPECT_EQ(world.of(Outcome::lost), 1);
}

TEST(FrontByBackend, TellsItsServiceAndNoHandoff) {
  World world{CompletedBy::backend};

  world.offer(0);
  world.pass(10ms);
  world.site.answer(0, 200);
  const Instant called_at = world.clock.now();
  world.pass(20ms);
  world.completions.report(
      {.sequence = 0, .called_at = called_at, .replied_at = world.clock.now()});

  EXPECT_EQ(world.of(Outcome::completed), 1);
  EXPECT_NEAR(to_seconds(world.longest(Span::service)), 0.02, 1e-4);
  EXPECT_NEAR(to_seconds(world.longest(Span::completion)), 0.03, 1e-4);
  EXPECT_EQ(world.samples(Span::handoff), 0U);
  EXPECT_EQ(world.samples(Span::returning), 0U);
}

TEST(FrontWithWaitingCallers, FreesThemWithTheResultOrWhenTheyGiveUp) {
  World world{CompletedBy::callback, true};

  world.offer(0);
  world.offer(1);
  world.offer(2);
  world.site.answer(0, 202);
  world.site.answer(1, 202);
  world.site.answer(2, 503, Reason::backend_refused);
  EXPECT_EQ(world.callers.free, std::vector<std::uint32_t>{2});
  EXPECT_EQ(world.callers.refused, 1);
  world.report(0);
  EXPECT_EQ(world.callers.free.back(), 0U);
  world.pass(1s);
  EXPECT_EQ(world.callers.free.back(), 1U);
  EXPECT_EQ(world.of(Outcome::failed), 0) << "its answer came in time";

  world.report(1);

  EXPECT_EQ(world.of(Outcome::completed), 2);
  EXPECT_EQ(world.callers.free.size(), 3U) << "nobody is told twice";
}

}  // namespace
}  // namespace queuemeter
