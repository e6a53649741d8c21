// SPDX-License-Identifier: Apache-2.0
// What the models `pool` and `event` of the backend server have in common.
#include "harness/backend/backend_server.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/draw.hpp"
#include "tests/backend/blocking_caller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::unique_ptr<BackendServer> start(BackendServerSettings settings) {
  return BackendServer::start(std::move(settings)).value();
}

class EveryBackendServer : public testing::TestWithParam<BackendModel> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryBackendServer,
                         testing::Values(BackendModel::pool, BackendModel::event),
                         [](const auto& test) {
                           return test.param == BackendModel::pool ? "pool" : "event";
                         });

TEST_P(EveryBackendServer, BeyondTheWaitingRoomItAnswers503) {
  const auto server = start({.serves = GetParam(),
                             .model = {.service_time = Distribution::constant(milliseconds{300}),
                                       .concurrency = 1,
                                       .queue = 2}});
  std::vector<BlockingCaller> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back(server->port());
    callers.back().send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  }

  std::vector<int> statuses;
  for (BlockingCaller& caller : callers) {
    const std::string response = caller.receive();
    statuses.push_back(status_of(response));
    if (statuses.back() == 503) {
      EXPECT_THAT(response, HasSubstr("Retry-After: 1\r\n"));
    }
  }

  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 3);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 503), 3);
  const BackendStats stats = stats_of(server->port());
  EXPECT_EQ(stats.account.refused, 3u);
  EXPECT_EQ(stats.account.served, 3u);
  EXPECT_EQ(stats.gate_peak, 2u);
}

TEST_P(EveryBackendServer, BeyondItsRateLimitItAnswers429AndSaysWhenToComeAgain) {
  const auto server = start({.serves = GetParam(),
                             .model = {.service_time = Distribution::constant(Duration{0}),
                                       .rate_limit = RateLimit{2, seconds{3}}}});
  BlockingCaller caller{server->port()};

  EXPECT_EQ(status_of(caller.get("/")), 200);
  EXPECT_EQ(status_of(caller.get("/")), 200);
  const std::string refused = caller.get("/");
  EXPECT_EQ(status_of(caller.get("/healthz")), 200) << "that is no call";

  EXPECT_EQ(status_of(refused), 429);
  EXPECT_THAT(refused, testing::ContainsRegex("Retry-After: [123]\r\n"));
  const BackendStats stats = stats_of(server->port());
  EXPECT_EQ(stats.account.limited, 1u);
  EXPECT_EQ(stats.account.served, 2u);
}

TEST_P(EveryBackendServer, WorkForACallerWhoHasLeftIsDoneAndCountedAsWasted) {
  const auto server = start(
      {.serves = GetParam(),
       .model = {.service_time = Distribution::constant(milliseconds{100}), .concurrency = 1}});
  {
    BlockingCaller in_service{server->port()};
    BlockingCaller waiting{server->port()};
    in_service.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    waiting.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    static_cast<void>(
        wait_for(server->port(), [](const auto& now) { return now.gate_waiting == 1; }));
  }
  BlockingCaller patient{server->port()};
  EXPECT_EQ(status_of(patient.get("/")), 200);

  const BackendStats stats = stats_of(server->port());
  EXPECT_EQ(stats.account.served, 3u);
  EXPECT_EQ(stats.account.wasted, 2u);
  EXPECT_GE(stats.account.busy_seconds, 0.3);
  EXPECT_NEAR(stats.account.busy_seconds, stats.account.service_seconds, 1e-9);
}

TEST_P(EveryBackendServer, AHungCallKeepsItsSlotUntilItsClientCloses) {
  const auto server = start({.serves = GetParam(), .model = {.hang_rate = 1.0, .concurrency = 1}});
  BlockingCaller first{server->port()};
  BlockingCaller second{server->port()};
  first.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  static_cast<void>(
      wait_for(server->port(), [](const auto& now) { return now.account.hung == 1; }));
  second.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(
      wait_for(server->port(), [](const auto& now) { return now.gate_waiting == 1; }).account.hung,
      1u);

  first.close();

  const BackendStats stats =
      wait_for(server->port(), [](const auto& now) { return now.account.hung == 2; });
  EXPECT_EQ(stats.account.hung, 2u);
  EXPECT_EQ(stats.gate_waiting, 0u);
  EXPECT_EQ(stats.account.served, 0u);
}

TEST_P(EveryBackendServer, ErrorsAreAnswered500AfterTheirServiceTime) {
  const auto server = start(
      {.serves = GetParam(),
       .model = {.service_time = Distribution::constant(milliseconds{30}), .error_rate = 1.0}});
  BlockingCaller caller{server->port()};
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  EXPECT_EQ(status_of(caller.get("/")), 500);

  EXPECT_GE(clock.now() - begun_at, milliseconds{30});
  EXPECT_EQ(stats_of(server->port()).account.errors, 1u);
}

TEST_P(EveryBackendServer, ServiceTimesAreKeyedByTheSequenceOfTheCall) {
  const Distribution service = Distribution::uniform(milliseconds{5}, milliseconds{100});
  const auto server = start({.serves = GetParam(), .model = {.service_time = service, .seed = 9}});
  BlockingCaller caller{server->port()};
  const KeyedDraws draws{9, DrawUse::service, 2};
  double expected = 0.0;

  for (const std::uint64_t sequence : {77U, 3U, 1000000U}) {
    expected += to_seconds(service.sample(draws.uniform(sequence)));
    EXPECT_EQ(status_of(caller.get("/", "X-Queuemeter-Sequence: " + std::to_string(sequence) +
                                            "\r\nX-Queuemeter-Class: 2\r\n")),
              200);
  }

  const double measured = stats_of(server->port()).account.service_seconds;
  EXPECT_GE(measured, expected);
  EXPECT_LT(measured, expected + 0.030);
}

TEST_P(EveryBackendServer, StopsWithinASecondWhateverIsInWork) {
  auto server = start({.serves = GetParam(),
                       .model = {.service_time = Distribution::constant(seconds{60}),
                                 .hang_rate = 0.5,
                                 .concurrency = 4,
                                 .queue = 100}});
  std::vector<BlockingCaller> idle;
  for (int i = 0; i < 500; ++i) {
    idle.emplace_back(server->port());
    ASSERT_EQ(status_of(idle.back().get("/healthz")), 200);
  }
  std::vector<BlockingCaller> busy;
  for (int i = 0; i < 20; ++i) {
    busy.emplace_back(server->port());
    busy.back().send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  }
  EXPECT_EQ(
      wait_for(server->port(), [](const auto& now) { return now.gate_waiting == 16; }).gate_waiting,
      16u);
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  server->stop();
  server->stop();

  EXPECT_LT(clock.now() - begun_at, seconds{1});
  EXPECT_FALSE(BlockingCaller{server->port()}.is_connected());
}

TEST_P(EveryBackendServer, AGoodAnswerIsAsLongAsWanted) {
  const auto server = start({.serves = GetParam(),
                             .model = {.service_time = Distribution::constant(Duration{0})},
                             .answer_bytes = 10'000});
  BlockingCaller caller{server->port()};

  const std::string answer = caller.get("/");

  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 10'000u);
  EXPECT_THAT(caller.get("/"), HasSubstr("\r\n\r\nok\nok\n"));
}

TEST_P(EveryBackendServer, AConnectionServesManyCallsAndBodies) {
  const auto server =
      start({.serves = GetParam(), .model = {.service_time = Distribution::constant(Duration{0})}});
  BlockingCaller caller{server->port()};
  for (int call = 0; call < 100; ++call) {
    caller.send("POST /calls HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(status_of(caller.receive()), 200);
  }

  const BackendStats stats = stats_of(server->port());
  EXPECT_EQ(stats.account.served, 100u);
  EXPECT_EQ(stats.account.errors, 0u);
}

}  // namespace
}  // namespace queuemeter
