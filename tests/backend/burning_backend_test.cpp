// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/burn.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <deque>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Duration thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return seconds{time.tv_sec} + Duration{time.tv_nsec};
}

class Replies final : public ReplySink {
 public:
  void replied(CallHandle call, const Reply& reply) override {
    all.push_back({call.sequence, reply});
  }
  struct Got {
    std::uint64_t sequence;
    Reply reply;
  };
  std::vector<Got> all;
};

TEST(Burn, UsesTheCpuTimeItIsToldAndHardlyMore) {
  burn_cpu(Duration{1});  // calibrates
  for (const Duration wanted : {microseconds{20}, microseconds{300}, microseconds{5'000}}) {
    Duration least = Duration::max();
    for (int attempt = 0; attempt < 10; ++attempt) {
      const Duration before = thread_cpu_time();
      EXPECT_TRUE(burn_cpu(wanted));
      const Duration used = thread_cpu_time() - before;
      EXPECT_GE(used, wanted);
      least = std::min(least, used);
    }
    EXPECT_LT(least, wanted + wanted / 20 + microseconds{10});
  }
}

TEST(Burn, EndsSoonAfterItIsStopped) {
  const std::atomic<bool> stopped{true};
  const Duration before = thread_cpu_time();

  EXPECT_FALSE(burn_cpu(seconds{60}, &stopped));

  EXPECT_LT(thread_cpu_time() - before, seconds{1});
}

TEST(BurningBackend, TheWorkersThreadPaysTheServiceTime) {
  const auto backend = make_synthetic_backend(
      {.model = {.service_time = Distribution::uniform(milliseconds{1}, milliseconds{5}),
                 .seed = 4,
                 .work = ServiceModel::Work::burn}});
  const MonotonicClock clock;
  Replies replies;
  const auto client = backend->make_client(clock, replies, nullptr);
  const KeyedDraws draws{4, DrawUse::service};
  CallRecord record;
  burn_cpu(Duration{1});  // calibrates
  for (std::uint64_t call = 0; call < 5; ++call) {
    record.call.draw_key = call;
    const Duration expected =
        Distribution::uniform(milliseconds{1}, milliseconds{5}).sample(draws.uniform(call));
    const Duration before = thread_cpu_time();
    const Instant begun_at = clock.now();
    client->begin({&record, call}, begun_at);
    EXPECT_LE(client->next_wake(), clock.now()) << "there is work to do";

    client->step(clock.now());

    EXPECT_GE(thread_cpu_time() - before, expected);
    ASSERT_EQ(replies.all.size(), call + 1);
    const Reply& reply = replies.all.back().reply;
    EXPECT_EQ(reply.reason, Reason::none);
    EXPECT_EQ(reply.called_at, begun_at);
    EXPECT_GE(reply.replied_at - begun_at, expected);
  }
  EXPECT_EQ(client->in_flight(), 0u);
  EXPECT_EQ(client->next_wake(), never);
  EXPECT_EQ(backend->account()->served, 5u);
  EXPECT_GE(backend->account()->service_seconds, 0.005);
}

/// One client under a virtual clock, where burning takes its time too.
class BurningInVirtualTime : public testing::Test {
 protected:
  void make(SyntheticSettings settings) {
    settings.model.work = ServiceModel::Work::burn;
    backend = make_synthetic_backend(std::move(settings));
    client = backend->make_client(clock, replies, nullptr);
  }
  CallHandle begin(Duration when) {
    run_until(when);
    CallRecord& record = records.emplace_back();
    const CallHandle call{&record, records.size() - 1};
    record.call.draw_key = call.sequence;
    client->begin(call, clock.now());
    return call;
  }
  void run_until(Duration until) {
    while (client->next_wake() <= Instant{until}) {
      clock.advance_to(client->next_wake());
      client->step(clock.now());
    }
    clock.advance_to(Instant{until});
  }
  [[nodiscard]] Duration finish_of(std::size_t place) const {
    return replies.all.at(place).reply.replied_at - Instant{};
  }

  VirtualClock clock;
  Replies replies;
  std::deque<CallRecord> records;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<BackendClient> client;
};

TEST_F(BurningInVirtualTime, AThreadDoesOneCallAfterTheOtherHoweverManySlotsThereAre) {
  make({.model = {.service_time = Distribution::constant(microseconds{200}), .concurrency = 64}});
  begin(Duration{0});
  begin(microseconds{50});
  begin(microseconds{1'000});
  run_until(seconds{1});

  ASSERT_EQ(replies.all.size(), 3u);
  EXPECT_EQ(finish_of(0), microseconds{200});
  EXPECT_EQ(finish_of(1), microseconds{400});
  EXPECT_EQ(finish_of(2), microseconds{1'200});
  EXPECT_EQ(replies.all[1].reply.called_at, Instant{microseconds{50}});
  EXPECT_DOUBLE_EQ(backend->account()->busy_seconds, 600e-6);
}

TEST_F(BurningInVirtualTime, AnotherThreadLooksForASlotUntilOneIsFree) {
  make({.model = {.service_time = Distribution::constant(microseconds{250}), .concurrency = 1}});
  Replies others;
  const auto other = backend->make_client(clock, others, nullptr);
  CallRecord record;
  begin(Duration{0});
  client->step(clock.now());
  other->begin({&record, 77}, clock.now());

  EXPECT_EQ(other->step(clock.now()), clock.now() + microseconds{100});
  run_until(microseconds{300});
  while (others.all.empty()) {
    clock.advance_to(other->next_wake());
    other->step(clock.now());
  }

  EXPECT_EQ(finish_of(0), microseconds{250});
  EXPECT_EQ(others.all[0].reply.replied_at, Instant{microseconds{550}});
}

TEST_F(BurningInVirtualTime, TheWaitingRoomAndTheQuotaAreKept) {
  make({.model = {.service_time = Distribution::constant(microseconds{100}),
                  .concurrency = 1,
                  .queue = 1,
                  .rate_limit = RateLimit{3, milliseconds{1}}}});
  for (int call = 0; call < 4; ++call) {
    begin(Duration{0});
  }
  run_until(seconds{1});

  std::vector<Reason> reasons(4);
  for (const auto& got : replies.all) {
    reasons[got.sequence] = got.reply.reason;
  }
  EXPECT_EQ(reasons, (std::vector<Reason>{Reason::none, Reason::none, Reason::backend_refused,
                                          Reason::backend_quota}));
  EXPECT_EQ(backend->account()->refused, 1u);
  EXPECT_EQ(backend->account()->limited, 1u);
}

TEST_F(BurningInVirtualTime, AHungCallEndsWithTheClientsPatienceAndKeepsItsSlot) {
  make({.model = {.service_time = Distribution::constant(microseconds{100}),
                  .hang_rate = 1.0,
                  .concurrency = 1},
        .client_timeout = milliseconds{5}});
  begin(Duration{0});
  begin(milliseconds{1});
  run_until(seconds{1});

  ASSERT_EQ(replies.all.size(), 2u);
  EXPECT_EQ(replies.all[0].reply.reason, Reason::backend_timeout);
  EXPECT_EQ(finish_of(0), milliseconds{5});
  EXPECT_EQ(replies.all[1].reply.reason, Reason::backend_timeout) << "there is no slot for it";
  EXPECT_EQ(backend->account()->hung, 1u);
  EXPECT_DOUBLE_EQ(backend->account()->busy_seconds, 1.0);
}

TEST_F(BurningInVirtualTime, AFreezeHoldsUpTheWork) {
  make({.model = {.service_time = Distribution::constant(milliseconds{2}), .concurrency = 1},
        .freezes = {{Instant{milliseconds{1}}, milliseconds{50}}}});
  begin(Duration{0});
  begin(milliseconds{1});
  run_until(seconds{1});

  EXPECT_EQ(finish_of(0), milliseconds{52});
  EXPECT_EQ(finish_of(1), milliseconds{54});
}

TEST_F(BurningInVirtualTime, AnAbandonedCallIsNotReportedAndItsPlaceIsFreed) {
  make(
      {.model = {
           .service_time = Distribution::constant(milliseconds{2}), .concurrency = 1, .queue = 1}});
  const CallHandle burning = begin(Duration{0});
  client->step(clock.now());
  const CallHandle waiting = begin(Duration{0});
  client->abandon(waiting);
  client->abandon(burning);
  client->abandon(burning);
  EXPECT_EQ(client->in_flight(), 0u);

  begin(milliseconds{10});
  begin(milliseconds{10});
  run_until(seconds{1});

  ASSERT_EQ(replies.all.size(), 2u);
  EXPECT_EQ(replies.all[0].reply.reason, Reason::none);
  EXPECT_EQ(replies.all[1].reply.reason, Reason::none);
  EXPECT_EQ(backend->account()->wasted, 1u);
}

TEST(BurningBackendThreads, EveryCallOfEveryThreadIsAnsweredOnce) {
  constexpr std::size_t threads = 4;
  constexpr std::uint64_t calls = 300;
  const auto backend =
      make_synthetic_backend({.model = {.service_time = Distribution::constant(microseconds{5}),
                                        .concurrency = 2,
                                        .queue = 100'000,
                                        .work = ServiceModel::Work::burn}});
  std::vector<std::uint64_t> answered(threads);
  {
    std::vector<std::jthread> workers;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      workers.emplace_back([&, thread] {
        const MonotonicClock clock;
        Replies replies;
        const auto client = backend->make_client(clock, replies, nullptr);
        CallRecord record;
        for (std::uint64_t call = 0; call < calls; ++call) {
          client->begin({&record, call}, clock.now());
          while (client->in_flight() > 0) {
            client->step(clock.now());
            static_cast<void>(backend->account());
          }
        }
        answered[thread] = replies.all.size();
      });
    }
  }

  EXPECT_EQ(answered, std::vector<std::uint64_t>(threads, calls));
  const auto account = backend->account();
  EXPECT_EQ(account->served, threads * calls);
  EXPECT_NEAR(account->busy_seconds, account->service_seconds, 1e-9);
}

}  // namespace
}  // namespace queuemeter
