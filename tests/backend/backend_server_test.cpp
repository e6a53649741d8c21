// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_server.hpp"

#include "harness/backend/http_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/draw.hpp"
#include "tests/backend/blocking_caller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;

std::unique_ptr<BackendServer> start(BackendServerSettings settings) {
  return BackendServer::start(std::move(settings)).value();
}

/// Looks at /stats until `is_true` of it; the last look is returned.
template <class Condition>
BackendStats wait_for(std::uint16_t port, Condition is_true) {
  const MonotonicClock clock;
  const Instant gives_up_at = clock.now() + seconds{5};
  BackendStats stats = stats_of(port);
  while (!is_true(stats) && clock.now() < gives_up_at) {
    std::this_thread::sleep_for(milliseconds{2});
    stats = stats_of(port);
  }
  return stats;
}

/// The best of three runs: other tenants of the machine can only make it look worse.
template <class Run, class Error>
auto best_of_three(Run run, Error error, double good_enough) {
  auto best = run();
  for (int attempt = 1; attempt < 3 && error(best) > good_enough; ++attempt) {
    auto next = run();
    if (error(next) < error(best)) {
      best = std::move(next);
    }
  }
  return best;
}

TEST(BackendServer, AtHalfLoadManyKeepAliveConnectionsSeeTheServiceTime) {
  const auto server = start({});

  // 64 connections, one call each per 20 ms + 300 ms: 200/s of the 400/s that 8 slots can do.
  const CallerReport report = best_of_three(
      [&] { return call_from_many(server->port(), 64, seconds{4}, milliseconds{300}); },
      [](const CallerReport& run) { return to_seconds(run.percentile(0.5)); }, 0.0215);

  EXPECT_GE(report.percentile(0.5), milliseconds{20});
  EXPECT_LT(report.percentile(0.5), milliseconds{22});
  EXPECT_THAT(report.served, Each(Ge(1u)));
  EXPECT_GT(report.total(), 600u);
}

/// A closed loop of 100 connections over 8 slots, and what the server says of the same time.
struct FullLoad {
  CallerReport report;
  double service_seconds = 0.0;  ///< mean, as the server measured it
  double rate = 0.0;             ///< calls per second, as the callers saw it
  [[nodiscard]] double rate_error() const { return std::abs(rate * service_seconds / 8 - 1); }
};

FullLoad run_at_full_load(std::uint16_t port) {
  const BackendStats before = stats_of(port);
  FullLoad load{call_from_many(port, 100, seconds{5}, Duration{0})};
  const BackendStats after = stats_of(port);
  load.service_seconds = (after.account.service_seconds - before.account.service_seconds) /
                         static_cast<double>(after.account.served - before.account.served);
  load.rate = static_cast<double>(load.report.total()) / 5.0;
  return load;
}

TEST(BackendServer, AHundredBlockingConnectionsShareThePoolFairlyAtItsFullRate) {
  const auto server = start({});

  const FullLoad load = best_of_three([&] { return run_at_full_load(server->port()); },
                                      [](const FullLoad& run) { return run.rate_error(); }, 0.02);

  EXPECT_LE(load.rate_error(), 0.02) << load.rate << "/s at " << load.service_seconds << " s";
  EXPECT_NEAR(load.service_seconds, 0.020, 0.001);
  const double expected_p50 = 100 * load.service_seconds / 8;
  EXPECT_NEAR(to_seconds(load.report.percentile(0.5)), expected_p50, 0.1 * expected_p50);
  // A pinned thread pool has the right rate too, but serves 8 connections and starves 92.
  const auto fair_share = static_cast<double>(load.report.total()) / 100;
  const auto [least, most] =
      std::minmax_element(load.report.served.begin(), load.report.served.end());
  EXPECT_GE(static_cast<double>(*least), 0.85 * fair_share - 1);
  EXPECT_LE(static_cast<double>(*most), 1.15 * fair_share + 1);
  const BackendStats stats = stats_of(server->port());
  EXPECT_LE(stats.gate_peak, 92u);
  EXPECT_GE(stats.gate_peak, 85u);
  EXPECT_EQ(stats.account.refused, 0u);
}

TEST(BackendServer, BeyondTheWaitingRoomItAnswers503) {
  const auto server = start({.model = {.service_time = Distribution::constant(milliseconds{300}),
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

TEST(BackendServer, BeyondItsRateLimitItAnswers429AndSaysWhenToComeAgain) {
  const auto server = start({.model = {.service_time = Distribution::constant(Duration{0}),
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

TEST(BackendServer, BurningUsesTheServersProcessor) {
  const auto server = start({.model = {.service_time = Distribution::constant(milliseconds{30}),
                                       .concurrency = 1,
                                       .work = ServiceModel::Work::burn}});
  BlockingCaller caller{server->port()};
  timespec before{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);

  EXPECT_EQ(status_of(caller.get("/")), 200);

  timespec after{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  const Duration used =
      seconds{after.tv_sec - before.tv_sec} + Duration{after.tv_nsec - before.tv_nsec};
  EXPECT_GE(used, milliseconds{30});
  EXPECT_GE(stats_of(server->port()).account.busy_seconds, 0.03);
}

TEST(BackendServer, StopsWhileItBurns) {
  auto server = start({.model = {.service_time = Distribution::constant(seconds{60}),
                                 .concurrency = 1,
                                 .work = ServiceModel::Work::burn}});
  BlockingCaller caller{server->port()};
  caller.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  static_cast<void>(
      wait_for(server->port(), [](const auto& now) { return now.account.busy_seconds > 0.0; }));
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  server->stop();

  EXPECT_LT(clock.now() - begun_at, seconds{1});
}

TEST(BackendServer, WorkForACallerWhoHasLeftIsDoneAndCountedAsWasted) {
  const auto server = start(
      {.model = {.service_time = Distribution::constant(milliseconds{100}), .concurrency = 1}});
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

TEST(BackendServer, AHungCallKeepsItsSlotUntilItsClientCloses) {
  const auto server = start({.model = {.hang_rate = 1.0, .concurrency = 1}});
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

TEST(BackendServer, ErrorsAreAnswered500AfterTheirServiceTime) {
  const auto server = start(
      {.model = {.service_time = Distribution::constant(milliseconds{30}), .error_rate = 1.0}});
  BlockingCaller caller{server->port()};
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  EXPECT_EQ(status_of(caller.get("/")), 500);

  EXPECT_GE(clock.now() - begun_at, milliseconds{30});
  EXPECT_EQ(stats_of(server->port()).account.errors, 1u);
}

TEST(BackendServer, ServiceTimesAreKeyedByTheSequenceOfTheCall) {
  const Distribution service = Distribution::uniform(milliseconds{5}, milliseconds{100});
  const auto server = start({.model = {.service_time = service, .seed = 9}});
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

TEST(BackendServer, StopsWithinASecondWhateverIsInWork) {
  auto server = start({.model = {.service_time = Distribution::constant(seconds{60}),
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

TEST(BackendServer, ListensWithALongLine) {
  const auto server = start({});
  std::uint32_t backlog = 0;
  for (int descriptor = 3; descriptor < 256; ++descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    int listens = 0;
    socklen_t flag_size = sizeof listens;
    tcp_info info{};
    socklen_t info_size = sizeof info;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_size) == 0 &&
        listens == 1 &&
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        ntohs(address.sin_port) == server->port() &&
        ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &info_size) == 0) {
      backlog = info.tcpi_sacked;  // of a listening socket: the length of its line
    }
  }

  EXPECT_GE(backlog, 128u) << "the library's own is 5";
}

TEST(BackendServer, ReadsABodyAndGoesOnWithTheNextRequest) {
  const auto server = start({.model = {.service_time = Distribution::constant(Duration{0})}});
  BlockingCaller caller{server->port()};

  caller.send("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(1'000'000, 'x'));
  EXPECT_EQ(status_of(caller.receive()), 200);
  caller.send("POST /b HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  caller.send("abc");
  const std::string continued = caller.receive();
  EXPECT_TRUE(continued.starts_with("HTTP/1.1 100 Continue\r\n")) << continued;
  EXPECT_EQ(status_of(caller.get("/" + std::string(8'000, 'p'))), 200);
  caller.send("GET /1 HTTP/1.1\r\nHost: t\r\n\r\nGET /2 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_FALSE(caller.receive().empty());

  EXPECT_EQ(wait_for(server->port(), [](const auto& now) { return now.account.served == 5; })
                .account.served,
            5u);
}

TEST(BackendServer, ABodyOfUnknownLengthEndsTheConnection) {
  const auto server = start({});
  BlockingCaller caller{server->port()};

  caller.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

  EXPECT_EQ(status_of(caller.receive()), 411);
  EXPECT_TRUE(caller.receive().empty());
}

TEST(BackendServer, AcceptsNoMoreConnectionsThanItsLimit) {
  const auto server = start({.connections = 3});
  BlockingCaller first{server->port()};
  BlockingCaller second{server->port()};
  EXPECT_EQ(status_of(first.get("/healthz")), 200);
  EXPECT_EQ(status_of(second.get("/healthz")), 200);
  BlockingCaller third{server->port()};
  EXPECT_EQ(status_of(third.get("/healthz")), 200);

  BlockingCaller fourth{server->port()};
  EXPECT_EQ(fourth.get("/healthz"), "");
  const std::string account = third.get("/stats");

  EXPECT_THAT(account, HasSubstr("\"connections\": 3,"));
  EXPECT_THAT(account, HasSubstr("\"connections_refused\": 1,"));
  first.close();
  const MonotonicClock clock;
  const Instant gives_up_at = clock.now() + seconds{5};
  bool is_accepted = false;
  while (!is_accepted && clock.now() < gives_up_at) {
    BlockingCaller fifth{server->port()};
    is_accepted = status_of(fifth.get("/healthz")) == 200;
  }
  EXPECT_TRUE(is_accepted) << "a closed connection makes room";
}

TEST(BackendServer, APortInUseOrAForeignAddressIsUnavailable) {
  const auto server = start({});

  const auto second = BackendServer::start({.port = server->port()});
  const auto foreign = BackendServer::start({.host = "203.0.113.7"});

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, Error::Kind::unavailable);
  EXPECT_THAT(second.error().what, HasSubstr(std::to_string(server->port())));
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error().what, HasSubstr("203.0.113.7"));
}

TEST(BackendServer, TellsOurHttpBackendItsAccount) {
  const auto server =
      start({.model = {.service_time = Distribution::constant(milliseconds{1}), .concurrency = 3}});
  BlockingCaller caller{server->port()};
  EXPECT_EQ(status_of(caller.get("/")), 200);
  HttpBackendSettings settings;
  settings.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/call";
  settings.has_account = true;
  const auto backend = make_http_backend(settings).value();
  const MonotonicClock clock;
  const Instant before = clock.now();

  const auto account = backend->account();

  ASSERT_TRUE(account);
  EXPECT_EQ(account->slots, 3u);
  EXPECT_EQ(account->served, 1u);
  EXPECT_GT(account->service_seconds, 0.001);
  EXPECT_GE(account->read_at, before);
  EXPECT_LE(account->read_at, clock.now());
  server->stop();
  EXPECT_FALSE(backend->account());
}

}  // namespace
}  // namespace queuemeter
