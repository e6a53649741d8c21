// SPDX-License-Identifier: Apache-2.0
// Our HTTP client against servers that we did not write.
#include "harness/backend/http_backend.hpp"
#include "tests/backend/client_driver.hpp"
#include "tests/peers/peers.hpp"
#include "tests/peers/private_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace queuemeter::peers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int calls = 20;

/// A client of one page, with one connection at a time.
HttpBackendSettings settings_for(const RunningPeer& server, std::string_view target) {
  HttpBackendSettings settings;
  settings.url = server.url(target);
  settings.client.connections = 1;
  return settings;
}

HttpBackendSettings by(std::string method, HttpBackendSettings settings) {
  settings.client.method = std::move(method);
  return settings;
}

class EveryPeer : public testing::TestWithParam<Peer> {
 protected:
  void SetUp() override {
    if (GetParam().program != nullptr && !is_installed(GetParam().program)) {
      GTEST_SKIP() << GetParam().program << " is not installed; install " << GetParam().package;
    }
    server_ = GetParam().start();
  }

  /// Makes the calls one after the other; how many connections they took.
  std::uint64_t connections_for_calls(HttpBackendSettings settings, Reason expected,
                                      std::uint32_t payload_bytes = 0) {
    ClientDriver driver{std::move(settings)};
    for (int i = 0; i < calls; ++i) {
      EXPECT_EQ(to_string(driver.call(payload_bytes).reason), to_string(expected)) << "call " << i;
    }
    EXPECT_EQ(driver.settled.size(), std::size_t{calls});
    driver.destroy_client();
    return driver.backend().connection_totals()->used;
  }

  [[nodiscard]] std::uint64_t kept() const { return GetParam().keeps_connections ? 1 : calls; }
  [[nodiscard]] const RunningPeer& server() const { return *server_; }

 private:
  std::unique_ptr<RunningPeer> server_;
};

INSTANTIATE_TEST_SUITE_P(Peers, EveryPeer, testing::ValuesIn(all_peers()),
                         testing::PrintToStringParamName());

/// All but PHP's, which has no answers in chunks.
class ChunkingPeer : public EveryPeer {};

INSTANTIATE_TEST_SUITE_P(Peers, ChunkingPeer,
                         testing::Values(peer_named("nginx"), peer_named("apache"),
                                         peer_named("node"), peer_named("httplib")),
                         testing::PrintToStringParamName());

TEST_P(EveryPeer, AnswersOnAConnectionThatIsKept) {
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/three"), Reason::none), kept());
}

TEST_P(EveryPeer, TakesAPayloadAndAnswersTheNextCallToo) {
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/three"), Reason::none, 100'000), kept());
}

TEST_P(EveryPeer, AnAnswerWithoutABodyEndsWithItsHead) {
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/none"), Reason::none), kept());
  // Not modified is not what was asked for, and yet a whole message.
  EXPECT_EQ(connections_for_calls(by("GET", settings_for(server(), "/same")), Reason::wrong_answer),
            kept());
}

TEST_P(EveryPeer, AnAnswerToHeadHasNoBodyWhateverItsLengthSays) {
  EXPECT_EQ(connections_for_calls(by("HEAD", settings_for(server(), "/three")), Reason::none),
            kept());
}

TEST_P(ChunkingPeer, ABodyInChunksIsReadToItsEnd) {
  EXPECT_EQ(connections_for_calls(by("GET", settings_for(server(), "/chunked")), Reason::none),
            kept());
}

TEST_P(EveryPeer, AConnectionThatIsToBeClosedIsNotUsedAgain) {
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/close"), Reason::none),
            std::uint64_t{calls});
}

TEST_P(EveryPeer, WhatItDoesNotHaveIsAnError) {
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/absent"), Reason::backend_error),
            kept());
}

TEST_P(EveryPeer, HeadersBelowOurLimitAreReadAndBeyondItAreAWrongAnswer) {
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/big"), Reason::none), kept());
  EXPECT_EQ(connections_for_calls(settings_for(server(), "/huge"), Reason::wrong_answer),
            std::uint64_t{calls});
}

TEST_P(EveryPeer, ASlowBodyIsWaitedForAsLongAsTheWholeAnswerMayTake) {
  HttpBackendSettings settings = settings_for(server(), "/slow");
  settings.client.timeouts.whole = seconds{10};
  ClientDriver patient{settings};

  const Reply whole = patient.call();

  EXPECT_EQ(whole.reason, Reason::none);
  EXPECT_GE(whole.replied_at - whole.called_at, milliseconds{500});

  settings.client.timeouts.whole = milliseconds{200};
  ClientDriver hasty{settings};
  const Reply cut = hasty.call();
  EXPECT_EQ(cut.reason, Reason::backend_timeout);
  EXPECT_LT(cut.replied_at - cut.called_at, milliseconds{500});
}

/// What only Node's server has a way to say.
class Node : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("node")) {
      GTEST_SKIP() << "node is not installed; install nodejs";
    }
    server_ = peer_named("node").start();
  }
  std::unique_ptr<RunningPeer> server_;
};

TEST_F(Node, InterimAnswersComeBeforeTheAnswer) {
  ClientDriver driver{settings_for(*server_, "/early")};

  for (int i = 0; i < calls; ++i) {
    EXPECT_EQ(driver.call().reason, Reason::none);
  }

  driver.destroy_client();
  EXPECT_EQ(driver.backend().connection_totals()->used, 1u);
}

TEST_F(Node, AResetInPlaceOfAnAnswerIsDisconnected) {
  ClientDriver driver{settings_for(*server_, "/reset")};

  EXPECT_EQ(driver.call().reason, Reason::disconnected);
  EXPECT_EQ(driver.in_flight(), 0u);
}

}  // namespace
}  // namespace queuemeter::peers
