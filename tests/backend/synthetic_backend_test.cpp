// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/synthetic_backend.hpp"

#include "harness/call/draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant at(Duration since_start) { return Instant{since_start}; }

class Replies final : public ReplySink {
 public:
  void replied(CallHandle call, const Reply& reply) override {
    by_sequence[call.sequence].push_back(reply);
    order.push_back(call.sequence);
    if (then) {
      then(call, reply);
    }
  }
  /// The one reply to this call.
  [[nodiscard]] Reply to(std::uint64_t sequence) {
    const auto& replies = by_sequence[sequence];
    EXPECT_EQ(replies.size(), 1u) << "call " << sequence;
    return replies.empty() ? Reply{} : replies.front();
  }

  std::map<std::uint64_t, std::vector<Reply>> by_sequence;
  std::vector<std::uint64_t> order;
  std::function<void(CallHandle, const Reply&)> then;
};

/// One client of one backend under a virtual clock.
class SyntheticBackend : public testing::Test {
 protected:
  void make(SyntheticSettings settings) {
    backend = make_synthetic_backend(std::move(settings));
    client = backend->make_client(clock, replies, nullptr);
  }
  /// Runs time up to `until`, then begins a call.
  CallHandle begin(Duration when) {
    run_until(when);
    CallRecord& record = records.emplace_back();
    const CallHandle call{&record, records.size() - 1};
    record.call.draw_key = call.sequence;
    client->begin(call, clock.now());
    return call;
  }
  void run_until(Duration until) {
    while (client->next_wake() <= at(until)) {
      clock.advance_to(client->next_wake());
      client->step(clock.now());
    }
    clock.advance_to(at(until));
  }
  [[nodiscard]] Duration finish_of(std::uint64_t sequence) {
    return replies.to(sequence).replied_at - at(Duration{0});
  }

  VirtualClock clock;
  Replies replies;
  std::deque<CallRecord> records;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<BackendClient> client;
};

TEST_F(SyntheticBackend, OneSlotServesInOrderWithExactTimes) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 1}});

  begin(milliseconds{0});
  begin(milliseconds{4});
  begin(milliseconds{5});
  begin(milliseconds{50});
  run_until(seconds{1});

  EXPECT_EQ(finish_of(0), milliseconds{10});
  EXPECT_EQ(finish_of(1), milliseconds{20});
  EXPECT_EQ(finish_of(2), milliseconds{30});
  EXPECT_EQ(finish_of(3), milliseconds{60});
  EXPECT_EQ(replies.to(1).called_at, at(milliseconds{4}));
  EXPECT_EQ(replies.to(1).reason, Reason::none);
  EXPECT_EQ(client->in_flight(), 0u);
  EXPECT_EQ(client->next_wake(), never);
}

TEST_F(SyntheticBackend, AFreeSlotIsTakenAndTheRestWaitForTheEarliest) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 3}});
  for (int i = 0; i < 7; ++i) {
    begin(milliseconds{i});
  }
  run_until(seconds{1});

  const std::vector<Duration> expected{milliseconds{10}, milliseconds{11}, milliseconds{12},
                                       milliseconds{20}, milliseconds{21}, milliseconds{22},
                                       milliseconds{30}};
  for (std::uint64_t sequence = 0; sequence < expected.size(); ++sequence) {
    EXPECT_EQ(finish_of(sequence), expected[sequence]) << sequence;
  }
}

TEST_F(SyntheticBackend, ServiceTimesAreKeyedByTheDrawKeyNotByTheOrderOfCalls) {
  const Distribution service = Distribution::exponential(milliseconds{3});
  make({.model = {.service_time = service, .concurrency = 100, .seed = 11}});
  std::vector<CallRecord> own(20);
  const KeyedDraws draws{11, DrawUse::service, 4};

  for (std::uint64_t sequence = 20; sequence-- > 0;) {
    own[sequence].call.class_index = 4;
    own[sequence].call.draw_key = caller_draw_key(3, sequence);
    client->begin({&own[sequence], sequence}, clock.now());
  }
  run_until(seconds{10});

  for (std::uint64_t sequence = 0; sequence < 20; ++sequence) {
    const Duration expected = service.sample(draws.uniform(caller_draw_key(3, sequence)));
    EXPECT_EQ(finish_of(sequence), expected) << sequence;
  }
}

TEST_F(SyntheticBackend, RepliesAtTheSameInstantComeInTheOrderOfTheirCalls) {
  make({.model = {.service_time = Distribution::constant(milliseconds{1}), .concurrency = 50}});
  for (int i = 0; i < 50; ++i) {
    begin(milliseconds{0});
  }
  run_until(seconds{1});

  EXPECT_TRUE(std::is_sorted(replies.order.begin(), replies.order.end()));
}

TEST_F(SyntheticBackend, ALateWakeUpIsMeasuredAsService) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10})}});
  begin(milliseconds{0});

  EXPECT_EQ(client->step(at(milliseconds{9})), at(milliseconds{10}));
  client->step(at(microseconds{10'070}));

  EXPECT_EQ(replies.to(0).replied_at, at(microseconds{10'070}));
}

TEST_F(SyntheticBackend, BeyondTheWaitingRoomCallsAreRefusedAtOnce) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .concurrency = 2,
                  .queue = 3}});
  for (int i = 0; i < 7; ++i) {
    begin(milliseconds{1});
  }
  begin(milliseconds{11});  // two calls end here, two waiting ones start: there is room again
  run_until(seconds{1});

  for (std::uint64_t sequence : {5U, 6U}) {
    EXPECT_EQ(replies.to(sequence).reason, Reason::backend_refused);
    EXPECT_EQ(finish_of(sequence), milliseconds{1});
  }
  for (std::uint64_t sequence : {0U, 1U, 2U, 3U, 4U, 7U}) {
    EXPECT_EQ(replies.to(sequence).reason, Reason::none);
  }
  EXPECT_EQ(finish_of(7), milliseconds{31});
  EXPECT_EQ(backend->account()->refused, 2u);
}

TEST_F(SyntheticBackend, BeyondItsRateLimitItAnswersWithItsQuotaAtOnce) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .rate_limit = RateLimit{3, seconds{1}}}});
  for (const int when : {0, 400, 500, 999, 1000, 1399, 1400}) {
    begin(milliseconds{when});
  }
  run_until(seconds{10});

  const std::vector<Reason> expected{Reason::none,          Reason::none, Reason::none,
                                     Reason::backend_quota,  // three in the second before it
                                     Reason::none,           // the first one has left the window
                                     Reason::backend_quota, Reason::none};
  for (std::uint64_t sequence = 0; sequence < expected.size(); ++sequence) {
    EXPECT_EQ(replies.to(sequence).reason, expected[sequence]) << sequence;
  }
  EXPECT_EQ(finish_of(3), milliseconds{999});
  EXPECT_EQ(backend->account()->limited, 2u);
  EXPECT_EQ(backend->account()->served, 5u);
}

TEST_F(SyntheticBackend, WhoMeetsTheQuotaTakesNoPlaceInTheWaitingRoom) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .concurrency = 1,
                  .queue = 1,
                  .rate_limit = RateLimit{2, milliseconds{5}}}});
  for (const int when : {0, 0, 0, 5}) {
    begin(milliseconds{when});
  }
  run_until(seconds{1});

  EXPECT_EQ(replies.to(1).reason, Reason::none);
  EXPECT_EQ(replies.to(2).reason, Reason::backend_quota);
  EXPECT_EQ(replies.to(3).reason, Reason::backend_refused);
}

TEST_F(SyntheticBackend, WithoutAWaitingRoomOnlyFreeSlotsServe) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .concurrency = 1,
                  .queue = 0}});
  begin(milliseconds{0});
  begin(milliseconds{9});
  begin(milliseconds{10});
  run_until(seconds{1});

  EXPECT_EQ(replies.to(0).reason, Reason::none);
  EXPECT_EQ(replies.to(1).reason, Reason::backend_refused);
  EXPECT_EQ(replies.to(2).reason, Reason::none);
}

TEST_F(SyntheticBackend, AFreezeHoldsUpWorkInProgressAndWorkThatArrives) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 1},
        .freezes = {{at(milliseconds{5}), milliseconds{100}},
                    {at(milliseconds{107}), milliseconds{50}}}});
  begin(milliseconds{0});    // 5 ms done, frozen until 105, 2 ms done, frozen until 157, 3 ms left
  begin(milliseconds{20});   // waits for the slot
  begin(milliseconds{300});  // after all freezes
  run_until(seconds{1});

  EXPECT_EQ(finish_of(0), milliseconds{160});
  EXPECT_EQ(finish_of(1), milliseconds{170});
  EXPECT_EQ(finish_of(2), milliseconds{310});
}

TEST_F(SyntheticBackend, WorkThatEndsAsTheFreezeBeginsIsNotHeldUp) {
  make({.model = {.service_time = Distribution::constant(milliseconds{5}), .concurrency = 2},
        .freezes = {{at(milliseconds{5}), milliseconds{100}}}});
  begin(milliseconds{0});
  begin(milliseconds{5});
  run_until(seconds{1});

  EXPECT_EQ(finish_of(0), milliseconds{5});
  EXPECT_EQ(finish_of(1), milliseconds{110});
}

TEST_F(SyntheticBackend, AFrozenBackendRefusesNobodyBeforeItThaws) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .concurrency = 1,
                  .queue = 0},
        .freezes = {{at(milliseconds{5}), milliseconds{100}}}});
  begin(milliseconds{0});
  begin(milliseconds{6});
  run_until(seconds{1});

  EXPECT_EQ(replies.to(1).reason, Reason::backend_refused);
  EXPECT_EQ(finish_of(1), milliseconds{105});
}

TEST_F(SyntheticBackend, AHungCallKeepsItsSlotForEver) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .hang_rate = 1.0,
                  .concurrency = 2,
                  .queue = 1}});
  for (int i = 0; i < 4; ++i) {
    begin(milliseconds{0});
  }
  run_until(seconds{100});

  EXPECT_EQ(replies.order, std::vector<std::uint64_t>{3});
  EXPECT_EQ(replies.to(3).reason, Reason::backend_refused);
  EXPECT_EQ(client->in_flight(), 3u);
  const auto account = backend->account();
  EXPECT_EQ(account->hung, 2u);
  EXPECT_EQ(account->served, 0u);
  EXPECT_DOUBLE_EQ(account->busy_seconds, 200.0);
}

TEST_F(SyntheticBackend, TheClientsPatienceEndsOnTimeAndTheWorkIsWasted) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 1},
        .client_timeout = milliseconds{25}});
  for (int i = 0; i < 4; ++i) {
    begin(milliseconds{0});
  }
  run_until(milliseconds{25});
  EXPECT_EQ(replies.to(2).reason, Reason::backend_timeout);
  EXPECT_EQ(finish_of(2), milliseconds{25});
  EXPECT_EQ(replies.to(3).reason, Reason::backend_timeout);
  EXPECT_EQ(backend->account()->wasted, 0u);  // the work itself is still to be done

  run_until(seconds{1});

  EXPECT_EQ(replies.to(1).reason, Reason::none);
  EXPECT_EQ(backend->account()->served, 4u);
  EXPECT_EQ(backend->account()->wasted, 2u);
}

TEST_F(SyntheticBackend, AReplyAtTheVeryEndOfThePatienceCounts) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10})},
        .client_timeout = milliseconds{10}});
  begin(milliseconds{0});
  run_until(seconds{1});

  EXPECT_EQ(replies.to(0).reason, Reason::none);
}

TEST_F(SyntheticBackend, AnAbandonedCallIsNotReportedAndItsWorkIsWastedWhenItEnds) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 1}});
  const CallHandle first = begin(milliseconds{0});
  const CallHandle second = begin(milliseconds{0});
  begin(milliseconds{0});
  run_until(milliseconds{3});

  client->abandon(first);
  client->abandon(second);
  client->abandon(second);
  EXPECT_EQ(client->in_flight(), 1u);
  run_until(milliseconds{19});
  EXPECT_EQ(backend->account()->wasted, 1u);
  run_until(seconds{1});

  EXPECT_EQ(replies.order, std::vector<std::uint64_t>{2});
  EXPECT_EQ(finish_of(2), milliseconds{30});
  EXPECT_EQ(backend->account()->wasted, 2u);
  EXPECT_EQ(backend->account()->served, 3u);
}

TEST_F(SyntheticBackend, ARecordMayBeUsedAgainWhileItsAbandonedCallIsStillInWork) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 2}});
  CallRecord record;
  client->begin({&record, 0}, clock.now());
  client->abandon({&record, 0});

  client->begin({&record, 1}, clock.now());
  client->abandon({&record, 0});  // the old call: without effect
  run_until(seconds{1});

  EXPECT_EQ(replies.order, std::vector<std::uint64_t>{1});
  EXPECT_EQ(backend->account()->wasted, 1u);
}

TEST_F(SyntheticBackend, ErrorsComeAtTheirRateAfterTheirServiceTime) {
  constexpr std::uint64_t calls = 20'000;
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .error_rate = 0.25,
                  .concurrency = calls,
                  .seed = 3}});
  for (std::uint64_t i = 0; i < calls; ++i) {
    begin(milliseconds{0});
  }
  run_until(seconds{1});

  const KeyedDraws draws{3, DrawUse::backend_error};
  std::uint64_t errors = 0;
  for (std::uint64_t sequence = 0; sequence < calls; ++sequence) {
    const Reply reply = replies.to(sequence);
    const bool expected = draws.uniform(sequence).first < 0.25;
    ASSERT_EQ(reply.reason, expected ? Reason::backend_error : Reason::none);
    ASSERT_EQ(reply.replied_at, at(milliseconds{10}));
    errors += expected ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(errors) / calls, 0.25, 0.02);
  EXPECT_EQ(backend->account()->errors, errors);
  EXPECT_EQ(backend->account()->served, calls);
}

TEST_F(SyntheticBackend, TheAccountKnowsBusyTimeAtAnyMoment) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}), .concurrency = 2}});
  begin(milliseconds{100});
  begin(milliseconds{104});
  begin(milliseconds{105});  // starts at 110
  run_until(milliseconds{106});
  EXPECT_DOUBLE_EQ(backend->account()->busy_seconds, 0.008);
  EXPECT_EQ(backend->account()->read_at, at(milliseconds{106}));

  run_until(milliseconds{112});
  EXPECT_DOUBLE_EQ(backend->account()->busy_seconds, 0.020);
  run_until(seconds{1});

  const auto account = backend->account();
  EXPECT_EQ(account->slots, 2u);
  EXPECT_EQ(account->served, 3u);
  EXPECT_DOUBLE_EQ(account->busy_seconds, 0.030);
  EXPECT_NEAR(account->service_seconds, 0.030, 1e-15);  // without the wait for the slot
  EXPECT_NEAR(account->service_seconds_squared, 3e-4, 1e-15);
}

TEST_F(SyntheticBackend, TheSinkMayBeginTheNextCallAndAStepStillEnds) {
  make({.model = {.service_time = Distribution::constant(Duration{0})}});
  CallRecord record;
  std::uint64_t next = 1;
  replies.then = [&](CallHandle call, const Reply&) {
    client->begin({call.record, next++}, clock.now());
  };
  client->begin({&record, 0}, clock.now());

  EXPECT_EQ(client->step(clock.now()), clock.now());
  EXPECT_EQ(client->step(clock.now()), clock.now());

  EXPECT_EQ(replies.order, (std::vector<std::uint64_t>{0, 1}));
}

TEST_F(SyntheticBackend, ClientsShareTheSlots) {
  make({.model = {.service_time = Distribution::constant(milliseconds{10}),
                  .concurrency = 1,
                  .queue = 1}});
  Replies others;
  const auto other = backend->make_client(clock, others, nullptr);
  CallRecord record;
  CallRecord refused;

  begin(milliseconds{0});
  other->begin({&record, 100}, clock.now());
  other->begin({&refused, 101}, clock.now());

  EXPECT_EQ(other->step(at(milliseconds{20})), never);
  EXPECT_EQ(others.to(100).replied_at, at(milliseconds{20}));
  EXPECT_EQ(others.to(101).reason, Reason::backend_refused);
  EXPECT_EQ(client->in_flight(), 1u);
}

TEST_F(SyntheticBackend, AnEndlessServiceTimeIsNoOverflow) {
  make({.model = {.service_time = Distribution::constant(Duration::max()), .concurrency = 1}});
  for (int i = 0; i < 5; ++i) {
    begin(seconds{1});  // one after the other: the sum of five does not fit into an instant
  }
  run_until(seconds{1000});

  EXPECT_TRUE(replies.order.empty());
  EXPECT_GT(client->next_wake(), at(std::chrono::hours{24 * 365}));
  EXPECT_EQ(client->in_flight(), 5u);
  EXPECT_DOUBLE_EQ(backend->account()->busy_seconds, 999.0);
}

/// First come first served before N slots, by the definition: each call starts when it has come,
/// and when the slot that is free first is free.
std::vector<Duration> finishes_by_definition(const std::vector<Duration>& arrivals,
                                             const std::vector<Duration>& services,
                                             std::size_t slots) {
  std::multiset<Duration> free_at;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    free_at.insert(Duration{0});
  }
  std::vector<Duration> finishes;
  for (std::size_t call = 0; call < arrivals.size(); ++call) {
    const Duration start = std::max(arrivals[call], *free_at.begin());
    free_at.erase(free_at.begin());
    finishes.push_back(start + services[call]);
    free_at.insert(finishes.back());
  }
  return finishes;
}

struct Load {
  const char* service;
  std::size_t slots;
  Duration gap;
};
void PrintTo(const Load& load, std::ostream* out) {
  *out << load.service << ", " << load.slots << " slots, a call every " << load.gap.count() << "ns";
}

class SyntheticLoad : public SyntheticBackend, public testing::WithParamInterface<Load> {};

TEST_P(SyntheticLoad, EveryCallFinishesToTheNanosecondWhenTheDefinitionSays) {
  constexpr std::uint64_t calls = 20'000;
  const Load& load = GetParam();
  const Distribution service = Distribution::parse(load.service).value();
  make({.model = {.service_time = service, .concurrency = load.slots, .queue = calls, .seed = 5}});
  const KeyedDraws services{5, DrawUse::service};
  const KeyedDraws gaps{6, DrawUse::arrival};
  const Distribution gap = Distribution::exponential(load.gap);
  std::vector<Duration> arrivals;
  std::vector<Duration> times;
  for (std::uint64_t call = 0; call < calls; ++call) {
    arrivals.push_back((call == 0 ? Duration{0} : arrivals.back()) +
                       gap.sample(gaps.uniform(call)));
    times.push_back(service.sample(services.uniform(call)));
    begin(arrivals.back());
  }
  run_until(std::chrono::hours{24});

  const auto expected = finishes_by_definition(arrivals, times, load.slots);
  double busy = 0.0;
  for (std::uint64_t call = 0; call < calls; ++call) {
    ASSERT_EQ(finish_of(call), expected[call]) << call;
    busy += to_seconds(times[call]);
  }
  EXPECT_EQ(backend->account()->served, calls);
  EXPECT_NEAR(backend->account()->busy_seconds, busy, 1e-6 * busy);
}

INSTANTIATE_TEST_SUITE_P(
    Loads, SyntheticLoad,
    testing::Values(Load{"exponential(20ms)", 1000, microseconds{30}},  // two thirds busy
                    Load{"exponential(20ms)", 100, microseconds{100}},  // twice too much
                    Load{"constant(20ms)", 500, microseconds{41}},      // almost full
                    Load{"pareto(1ms, 1.1)", 200, microseconds{20}},    // beyond the wheel
                    Load{"bimodal(10us, 2s, 0.99)", 64, microseconds{300}},
                    Load{"exponential(1us)", 3, Duration{400}},
                    Load{"uniform(0s, 300ms)", 7, milliseconds{25}}));

// Real threads: every call is answered once, and the account adds up.
TEST(SyntheticBackendThreads, ManyClientsGetEveryReply) {
  constexpr int threads = 4;
  constexpr std::uint64_t calls = 3'000;
  const auto backend =
      make_synthetic_backend({.model = {.service_time = Distribution::constant(Duration{0}),
                                        .concurrency = 2,
                                        .queue = 1'000'000}});
  std::vector<std::uint64_t> answered(threads);
  {
    std::vector<std::jthread> callers;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      callers.emplace_back([&, thread] {
        const MonotonicClock clock;
        Replies replies;
        const auto client = backend->make_client(clock, replies, nullptr);
        std::deque<CallRecord> records(calls);
        for (std::uint64_t sequence = 0; sequence < calls; ++sequence) {
          client->begin({&records[sequence], sequence}, clock.now());
          if (sequence % 7 == 0) {
            static_cast<void>(backend->account());
          }
        }
        while (client->in_flight() > 0) {
          client->step(clock.now());
        }
        answered[thread] = replies.order.size();
      });
    }
  }

  EXPECT_EQ(answered, std::vector<std::uint64_t>(threads, calls));
  EXPECT_EQ(backend->account()->served, threads * calls);
}

}  // namespace
}  // namespace queuemeter
