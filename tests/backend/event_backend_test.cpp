// SPDX-License-Identifier: Apache-2.0
// What only the model `event` of the backend server can do, and what it puts up with.
#include "harness/backend/backend_server.hpp"
#include "harness/call/clock.hpp"
#include "harness/net/http_request.hpp"
#include "harness/net/listening_socket.hpp"
#include "tests/backend/blocking_caller.hpp"
#include "tests/net/attacks.hpp"
#include "tests/net/served_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const std::string get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

std::unique_ptr<BackendServer> start(BackendServerSettings settings) {
  settings.serves = BackendModel::event;
  return BackendServer::start(std::move(settings)).value();
}

/// Bytes of this process that are in memory.
std::size_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

TEST(EventBackend, UnderLoadTheRateIsSlotsByServiceTime) {
  // 100 connections that never pause over 8 slots of 20 ms.
  double rate = 0.0;
  for (int attempt = 0; attempt < 3 && std::abs(rate / 400.0 - 1.0) > 0.01; ++attempt) {
    const auto server = start({});
    const CallerReport report = call_from_many(server->port(), 100, seconds{2}, Duration{0});
    rate = static_cast<double>(report.total()) / 2.0;
    const BackendStats stats = stats_of(server->port());
    const auto served = static_cast<double>(stats.account.served);
    EXPECT_NEAR(stats.account.service_seconds / served, 0.020, 1e-6);
    EXPECT_EQ(stats.account.refused, 0u);
    EXPECT_LE(stats.gate_peak, 92u);
  }

  EXPECT_NEAR(rate, 400.0, 8.0);
}

TEST(EventBackend, ThousandsOfConnectionsAreServedAndCostLittle) {
  constexpr std::size_t wanted = 6000;
  raise_descriptor_limit(2 * wanted + 200);
  const auto server = start(
      {.model = {.service_time = Distribution::constant(milliseconds{5}), .concurrency = 10'000}});
  std::vector<BlockingCaller> callers;
  callers.reserve(wanted);
  const std::size_t before = resident_bytes();
  for (std::size_t number = 0; number < wanted; ++number) {
    callers.emplace_back(server->port());
    ASSERT_TRUE(callers.back().is_connected()) << number;
  }
  EXPECT_EQ(wait_for(server->port(), [](const auto& now) { return now.connections > wanted; })
                .connections,
            wanted + 1);
  const std::size_t grown = resident_bytes() - before;
  for (BlockingCaller& caller : callers) {
    caller.send(get);
  }

  std::size_t good = 0;
  for (BlockingCaller& caller : callers) {
    good += status_of(caller.receive()) == 200 ? 1U : 0U;
  }

  EXPECT_EQ(good, wanted);
  EXPECT_LT(grown / wanted, 2048u) << "client objects included";
}

TEST(EventBackend, ABandwidthPacesTheBody) {
  const auto server = start({.model = {.service_time = Distribution::constant(Duration{0})},
                             .answer_bytes = 100'000,
                             .bandwidth = 500'000});
  ServedClient client{server->port()};
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  const std::string answer = client.ask(get);

  const double seconds_taken = to_seconds(clock.now() - begun_at);
  EXPECT_EQ(body_in(answer).size(), 100'000u);
  EXPECT_GE(seconds_taken, 0.19);
  EXPECT_LT(seconds_taken, 0.60);
}

TEST(EventBackend, APacedAnswerThatNobodyReadsAnyMoreEnds) {
  const auto server = start({.model = {.service_time = Distribution::constant(Duration{0})},
                             .answer_bytes = 100'000,
                             .bandwidth = 100'000});
  {
    ServedClient client{server->port()};
    client.send(get);
    EXPECT_NE(client.receive_until("\r\n\r\n"), "");
  }

  EXPECT_EQ(
      wait_for(server->port(), [](const auto& now) { return now.connections == 1; }).connections,
      1u);
  EXPECT_EQ(stats_of(server->port()).account.served, 1u);
}

TEST(EventBackend, WhatTheModelsCannotDoIsSaid) {
  const auto burns = BackendServer::start(
      {.serves = BackendModel::event, .model = {.work = ServiceModel::Work::burn}});
  const auto paced = BackendServer::start({.bandwidth = 1000});

  EXPECT_THAT(burns.error().what, HasSubstr("cannot burn"));
  EXPECT_THAT(paced.error().what, HasSubstr("use the model event"));
}

class Witness final : public RequestObserver {
 public:
  std::optional<std::uint64_t> begun(const HttpRequest& request) override {
    const std::scoped_lock lock{mutex};
    targets.emplace_back(request.target);
    return request.target == "/boring" ? std::nullopt : std::optional{targets.size()};
  }
  void answered(std::uint64_t number, Instant called_at, Instant replied_at,
                unsigned status) override {
    const std::scoped_lock lock{mutex};
    EXPECT_GE(replied_at - called_at, milliseconds{5});
    answers.emplace_back(number, status);
  }
  std::mutex mutex;
  std::vector<std::string> targets;
  std::vector<std::pair<std::uint64_t, unsigned>> answers;
};

TEST(EventBackend, AnObserverHearsOfRequestsAndTheirAnswers) {
  Witness witness;
  const auto server =
      BackendServer::start({.serves = BackendModel::event,
                            .model = {.service_time = Distribution::constant(milliseconds{5})}},
                           &witness);
  ServedClient client{(*server)->port()};

  EXPECT_EQ(status_in(client.ask("GET /boring HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
  EXPECT_EQ(status_in(client.ask("GET /calls/7 HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
  EXPECT_EQ(status_in(client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")), 200);

  const std::scoped_lock lock{witness.mutex};
  EXPECT_EQ(witness.targets, (std::vector<std::string>{"/boring", "/calls/7"}));
  EXPECT_EQ(witness.answers, (std::vector<std::pair<std::uint64_t, unsigned>>{{2, 200}}));
}

class HostileInput : public testing::TestWithParam<Attack> {};
INSTANTIATE_TEST_SUITE_P(ToTheBackend, HostileInput, testing::ValuesIn(attacks("/work")),
                         [](const auto& test) { return test.param.name; });

TEST_P(HostileInput, IsRefusedAndOthersAreServedOn) {
  const auto server = start({.model = {.service_time = Distribution::constant(Duration{0})}});
  ServedClient other{server->port()};
  ASSERT_EQ(status_in(other.ask(get)), 200);
  const std::uint64_t served = stats_of(server->port()).account.served;
  ServedClient attacker{server->port()};

  attacker.send(GetParam().bytes);

  EXPECT_EQ(status_in(attacker.receive()), GetParam().status);
  EXPECT_TRUE(attacker.is_closed_by_server());
  EXPECT_EQ(status_in(other.ask(get)), 200);
  EXPECT_EQ(stats_of(server->port()).account.served, served + 1) << "nothing was smuggled in";
}

TEST(HostileInput, AThousandSlowClientsHoldNeitherMemoryNorOthersUp) {
  const auto server = start({.model = {.service_time = Distribution::constant(Duration{0})}});
  raise_descriptor_limit(4096);
  std::vector<ServedClient> slow;
  const std::size_t before = resident_bytes();
  for (int number = 0; number < 1000; ++number) {
    slow.emplace_back(server->port());
    slow.back().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" +
                     std::string(1000, 'x'));
  }
  ServedClient other{server->port()};
  for (int call = 0; call < 100; ++call) {
    for (int number = call; number < 1000; number += 100) {
      slow[static_cast<std::size_t>(number)].send("x");
    }
    ASSERT_EQ(status_in(other.ask(get)), 200);
  }

  EXPECT_LT(resident_bytes() - before, std::size_t{16} << 20U);
}

}  // namespace
}  // namespace queuemeter
