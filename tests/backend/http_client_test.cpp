// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_backend.hpp"
#include "harness/call/wire.hpp"
#include "tests/backend/client_driver.hpp"
#include "tests/backend/scripted_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <netinet/in.h>
#include <span>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpBackendSettings settings_for(const std::string& url) {
  HttpBackendSettings settings;
  settings.url = url;
  return settings;
}

/// Answers every request of a connection with the same bytes.
ScriptedServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](ScriptedPeer& peer, std::size_t) {
    while (!peer.read_request().empty()) {
      peer.say(bytes);
    }
  };
}

TEST(HttpClient, ACallHasItsInstantsInOrder) {
  ScriptedServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")};
  ClientDriver driver{settings_for(server.url())};
  const Instant before = driver.now();

  const Reply reply = driver.call();

  EXPECT_EQ(reply.reason, Reason::none);
  EXPECT_GE(reply.called_at, before);
  EXPECT_GT(reply.replied_at, reply.called_at);
  EXPECT_LE(reply.replied_at, driver.now());
  EXPECT_EQ(driver.in_flight(), 0u);
}

TEST(HttpClient, TheRequestCarriesSequenceAndPayload) {
  std::promise<std::string> request;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    peer.answer("");
    request.set_value(peer.read_request());
    peer.answer("");
  }};
  HttpBackendSettings settings = settings_for(server.url("/slow?x=1"));
  settings.seed = 5;
  ClientDriver driver{settings};
  static_cast<void>(driver.call());

  EXPECT_EQ(driver.call(300).reason, Reason::none);

  const std::string text = request.get_future().get();
  EXPECT_TRUE(text.starts_with("POST /slow?x=1 HTTP/1.1\r\n")) << text;
  EXPECT_EQ("http://" + header_of(text, "Host") + "/", server.url());
  EXPECT_EQ(header_of(text, "X-Queuemeter-Sequence"), "1");
  EXPECT_EQ(header_of(text, "X-Queuemeter-Class"), "0");
  EXPECT_EQ(header_of(text, "X-Queuemeter-Draw"), "") << "it is the sequence";
  EXPECT_EQ(header_of(text, "Content-Length"), "300");
  std::string payload(300, '\0');
  fill_payload(5, 1, std::as_writable_bytes(std::span{payload}));
  EXPECT_EQ(text.substr(text.find("\r\n\r\n") + 4), payload);
}

TEST(HttpClient, ACallOfACallerTellsWhatItsDrawsAreKeyedBy) {
  std::promise<std::string> request;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    request.set_value(peer.read_request());
    peer.answer("");
  }};
  ClientDriver driver{settings_for(server.url())};
  driver.draw_key = caller_draw_key(7, 3);

  EXPECT_EQ(driver.call().reason, Reason::none);

  const std::string text = request.get_future().get();
  EXPECT_EQ(header_of(text, "X-Queuemeter-Sequence"), "0");
  EXPECT_EQ(header_of(text, "X-Queuemeter-Draw"), std::to_string(caller_draw_key(7, 3)));
}

TEST(HttpClient, ALargeRequestArrivesWholeThoughTheSocketTakesItInPieces) {
  constexpr std::uint32_t bytes = 12 * 1024 * 1024;
  std::promise<std::string> request;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    request.set_value(peer.read_request());
    peer.answer("");
  }};
  ClientDriver driver{settings_for(server.url())};

  EXPECT_EQ(driver.call(bytes).reason, Reason::none);

  const std::string text = request.get_future().get();
  std::string payload(bytes, '\0');
  fill_payload(0, 0, std::as_writable_bytes(std::span{payload}));
  EXPECT_TRUE(text.substr(text.find("\r\n\r\n") + 4) == payload);
}

TEST(HttpClient, AnIdleConnectionIsUsedAgain) {
  ScriptedServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")};
  ClientDriver driver{settings_for(server.url())};

  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(driver.call().reason, Reason::none);
  }

  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpClient, AConnectionThatSaysCloseIsNotUsedAgain) {
  ScriptedServer server{
      always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")};
  ClientDriver driver{settings_for(server.url())};

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(driver.call().reason, Reason::none);
  }

  EXPECT_EQ(server.connections(), 3u);
}

TEST(HttpClient, StatusDecidesTheReason) {
  const auto reason_for = [](const std::string& status) {
    ScriptedServer server{
        always(fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\n\r\n", status))};
    ClientDriver driver{settings_for(server.url())};
    const Reply reply = driver.call();
    EXPECT_EQ(driver.call().reason, reply.reason);
    EXPECT_EQ(server.connections(), 1u) << "an honest error does not cost the connection";
    return reply.reason;
  };

  EXPECT_EQ(reason_for("201"), Reason::none);
  EXPECT_EQ(reason_for("204"), Reason::none);
  EXPECT_EQ(reason_for("503"), Reason::backend_refused);
  EXPECT_EQ(reason_for("429"), Reason::backend_quota);
  EXPECT_EQ(reason_for("500"), Reason::backend_error);
  EXPECT_EQ(reason_for("404"), Reason::backend_error);
  EXPECT_EQ(reason_for("302"), Reason::wrong_answer) << "nobody expects it";
}

TEST(HttpClient, EveryFormOfABodyIsRead) {
  for (const char* response :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.0 200 OK\r\n\r\n"}) {
    ScriptedServer server{[response](ScriptedPeer& peer, std::size_t) {
      static_cast<void>(peer.read_request());
      for (const char* byte = response; *byte != '\0'; ++byte) {
        peer.say({byte, 1});
      }
    }};
    ClientDriver driver{settings_for(server.url())};

    EXPECT_EQ(driver.call().reason, Reason::none) << response;
  }
}

TEST(HttpClient, WhatIsNotHttpIsAWrongAnswer) {
  const std::string huge = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n";
  for (const std::string& response :
       {std::string{"220 mail.example.org ESMTP\r\n"},
        std::string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"}, huge}) {
    ScriptedServer server{always(response)};
    ClientDriver driver{settings_for(server.url())};

    const Reply reply = driver.call();

    EXPECT_EQ(reply.reason, Reason::wrong_answer) << response.substr(0, 60);
    EXPECT_TRUE(is_observed(reply.called_at));
  }
}

TEST(HttpClient, BytesBehindAnAnswerCostTheConnectionNotTheCall) {
  ScriptedServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more")};
  ClientDriver driver{settings_for(server.url())};

  EXPECT_EQ(driver.call().reason, Reason::none);
  EXPECT_EQ(driver.call().reason, Reason::none);

  EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClient, AConnectionThatBreaksIsDisconnected) {
  for (const bool orderly : {true, false}) {
    for (const char* beginning :
         {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"}) {
      ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
        static_cast<void>(peer.read_request());
        peer.say(beginning);
        if (!orderly) {
          peer.reset();
        }
      }};
      ClientDriver driver{settings_for(server.url())};

      const Reply reply = driver.call();

      EXPECT_EQ(reply.reason, Reason::disconnected) << beginning;
      EXPECT_GT(reply.replied_at, reply.called_at);
    }
  }
}

TEST(HttpClient, ABodyUntilCloseThatEndsByAResetIsDisconnected) {
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    peer.say("HTTP/1.1 200 OK\r\n\r\nsome");
    peer.reset();
  }};
  ClientDriver driver{settings_for(server.url())};

  EXPECT_EQ(driver.call().reason, Reason::disconnected);
}

TEST(HttpClient, NobodyListeningIsUnreachable) {
  ClientDriver driver{settings_for(fmt::format("http://127.0.0.1:{}/", unused_port()))};

  const Reply reply = driver.call();

  EXPECT_EQ(reply.reason, Reason::unreachable);
  EXPECT_FALSE(is_observed(reply.called_at)) << "the call never left us";
}

TEST(HttpClient, AnEarlyAnswerToAnUnreadRequestIsTakenAndTheConnectionGivenUp) {
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t number) {
    if (number == 0) {
      peer.say("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
      EXPECT_TRUE(peer.wait_for_end());
    } else {
      static_cast<void>(peer.read_request());
      peer.answer("");
    }
  }};
  ClientDriver driver{settings_for(server.url())};

  EXPECT_EQ(driver.call(12 * 1024 * 1024).reason, Reason::backend_refused);
  EXPECT_EQ(driver.call().reason, Reason::none);
}

TEST(HttpClient, TheFirstByteHasItsOwnTimeout) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    EXPECT_TRUE(peer.wait_for_end());
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.timeouts.first_byte = milliseconds{60};
  ClientDriver driver{settings};

  const Reply reply = driver.call();

  EXPECT_EQ(reply.reason, Reason::backend_timeout);
  EXPECT_GE(reply.replied_at - reply.called_at, milliseconds{60});
  EXPECT_LT(reply.replied_at - reply.called_at, seconds{2});
  EXPECT_EQ(driver.in_flight(), 0u);
}

TEST(HttpClient, ASlowBodyRunsIntoTheWholeTimeoutOnly) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow");
    EXPECT_TRUE(peer.wait_for_end());
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.timeouts.first_byte = seconds{1};
  settings.client.timeouts.whole = milliseconds{1500};
  ClientDriver driver{settings};
  const Instant begun_at = driver.now();

  const Reply reply = driver.call();

  EXPECT_EQ(reply.reason, Reason::backend_timeout);
  EXPECT_GE(reply.replied_at - begun_at, milliseconds{1500});
}

TEST(HttpClient, AConnectionThatIsNeverAcceptedTimesOut) {
  // A listener with no room: the first connections fill its line, the next handshake is dropped.
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, generic, size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, generic, &size), 0);
  HttpBackendSettings settings =
      settings_for(fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)));
  settings.client.timeouts.connect = milliseconds{80};
  ClientDriver driver{settings};

  for (int i = 0; i < 8; ++i) {
    driver.begin();
  }
  driver.run_for(milliseconds{400});

  EXPECT_FALSE(driver.settled.empty());
  for (const auto& settled : driver.settled) {
    EXPECT_EQ(settled.reply.reason, Reason::backend_timeout);
    EXPECT_FALSE(is_observed(settled.reply.called_at));
  }
  ::close(listener);
}

TEST(HttpClient, AConnectionClosedWhileIdleIsNoticedBeforeTheNextCall) {
  std::promise<void> closed;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t number) {
    static_cast<void>(peer.read_request());
    peer.answer("");
    if (number > 0) {
      static_cast<void>(peer.wait_for_end());
    }
  }};
  ClientDriver driver{settings_for(server.url())};
  EXPECT_EQ(driver.call().reason, Reason::none);

  driver.run_for(milliseconds{100});

  EXPECT_EQ(driver.call().reason, Reason::none);
  EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClient, BeyondTheLimitCallsWaitTheirTurn) {
  std::atomic<int> open = 0;
  std::atomic<int> peak = 0;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    const int now_open = ++open;
    peak = std::max(peak.load(), now_open);
    while (!peer.read_request().empty()) {
      peer.answer("");
    }
    --open;
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connections = 3;
  ClientDriver driver{settings};

  for (int i = 0; i < 60; ++i) {
    driver.begin();
  }
  EXPECT_EQ(driver.in_flight(), 60u);
  ASSERT_TRUE(driver.run_until_settled(60));

  EXPECT_EQ(server.connections(), 3u);
  EXPECT_LE(peak, 3);
  std::vector<Instant> called_at(60);
  for (const auto& settled : driver.settled) {
    EXPECT_EQ(settled.reply.reason, Reason::none);
    called_at[settled.sequence] = settled.reply.called_at;
  }
  // The first three race for their connections; those in the line leave it in order.
  EXPECT_TRUE(std::is_sorted(called_at.begin() + 3, called_at.end()));
}

TEST(HttpClient, TheLineGoesOnAlthoughConnectionsBreak) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    peer.answer("");
    static_cast<void>(peer.read_request());  // and closes without an answer
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connections = 1;
  ClientDriver driver{settings};

  for (int i = 0; i < 10; ++i) {
    driver.begin();
  }
  ASSERT_TRUE(driver.run_until_settled(10));

  for (const auto& settled : driver.settled) {
    EXPECT_EQ(settled.reply.reason,
              settled.sequence % 2 == 0 ? Reason::none : Reason::disconnected);
  }
  EXPECT_EQ(server.connections(), 5u);
}

TEST(HttpClient, AnAbandonedCallClosesItsConnectionAndIsNotReported) {
  std::promise<bool> closed;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t number) {
    static_cast<void>(peer.read_request());
    if (number == 0) {
      closed.set_value(peer.wait_for_end());
    } else {
      peer.answer("");
    }
  }};
  ClientDriver driver{settings_for(server.url())};
  const CallHandle call = driver.begin();
  ASSERT_TRUE(driver.run_until([&] { return server.connections() == 1; }));
  driver.run_for(milliseconds{20});

  driver.abandon(call);
  driver.abandon(call);

  EXPECT_EQ(driver.in_flight(), 0u);
  EXPECT_TRUE(closed.get_future().get());
  EXPECT_EQ(driver.call().reason, Reason::none);
  ASSERT_EQ(driver.settled.size(), 1u);
  EXPECT_EQ(driver.settled.front().sequence, 1u);
}

TEST(HttpClient, AnAbandonedCallInTheLineNeverLeaves) {
  std::mutex mutex;
  std::vector<std::string> sequences;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    for (std::string request = peer.read_request(); !request.empty();
         request = peer.read_request()) {
      const std::scoped_lock lock{mutex};
      sequences.push_back(header_of(request, "X-Queuemeter-Sequence"));
      peer.answer("");
    }
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connections = 1;
  ClientDriver driver{settings};
  std::vector<CallHandle> calls;
  for (int i = 0; i < 6; ++i) {
    calls.push_back(driver.begin());
  }

  driver.abandon(calls[1]);
  driver.abandon(calls[3]);
  driver.abandon(calls[5]);
  ASSERT_TRUE(driver.run_until_settled(3));
  driver.run_for(milliseconds{20});

  const std::scoped_lock lock{mutex};
  EXPECT_EQ(sequences, (std::vector<std::string>{"0", "2", "4"}));
  EXPECT_EQ(driver.in_flight(), 0u);
}

TEST(HttpClient, AbandoningTheOnlyConnectionLetsTheNextInLineOpenOne) {
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t number) {
    static_cast<void>(peer.read_request());
    if (number == 0) {
      static_cast<void>(peer.wait_for_end());
    } else {
      peer.answer("");
    }
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connections = 1;
  ClientDriver driver{settings};
  const CallHandle stuck = driver.begin();
  driver.begin();
  driver.run_for(milliseconds{20});

  driver.abandon(stuck);

  ASSERT_TRUE(driver.run_until_settled(1));
  EXPECT_EQ(driver.settled.front().sequence, 1u);
  EXPECT_EQ(driver.settled.front().reply.reason, Reason::none);
}

TEST(HttpClient, TheWholeTimeoutCountsTheWaitForAConnection) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    static_cast<void>(peer.wait_for_end());
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connections = 1;
  settings.client.timeouts.whole = milliseconds{100};
  ClientDriver driver{settings};

  driver.begin();
  driver.begin();
  ASSERT_TRUE(driver.run_until_settled(2));

  for (const auto& settled : driver.settled) {
    EXPECT_EQ(settled.reply.reason, Reason::backend_timeout);
  }
}

TEST(HttpClient, TheSinkMayBeginTheNextCallFromInside) {
  ScriptedServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")};
  ClientDriver driver{settings_for(server.url())};
  driver.then = [&](CallHandle call, const Reply&) {
    if (call.sequence < 990) {
      driver.begin();
    }
  };

  for (int i = 0; i < 10; ++i) {
    driver.begin();
  }
  ASSERT_TRUE(driver.run_until_settled(1000));

  EXPECT_EQ(server.connections(), 10u);
  EXPECT_TRUE(std::all_of(driver.settled.begin(), driver.settled.end(), [](const auto& settled) {
    return settled.reply.reason == Reason::none;
  }));
}

TEST(HttpClient, MayEndWithCallsInFlightWhileItsLoopRunsOn) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    static_cast<void>(peer.wait_for_end());
  }};
  ClientDriver driver{settings_for(server.url())};
  for (int i = 0; i < 5; ++i) {
    driver.begin(i == 0 ? 12 * 1024 * 1024 : 0);
  }
  driver.run_for(milliseconds{30});

  driver.destroy_client();
  driver.run_for(milliseconds{30});

  EXPECT_TRUE(driver.settled.empty());
}

TEST(HttpClient, MayEndTogetherWithALoopThatNeverRan) {
  ScriptedServer server{always("")};
  ClientDriver driver{settings_for(server.url())};
  driver.begin();
  driver.begin();

  EXPECT_EQ(driver.in_flight(), 2u);
}

TEST(HttpClient, TriesEveryAddressOfItsHost) {
  // "localhost" is ::1 as well as 127.0.0.1 on most hosts; the server has only the latter.
  ScriptedServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")};
  const std::string url = server.url();
  ClientDriver driver{settings_for("http://localhost" + url.substr(url.rfind(':')))};

  EXPECT_EQ(driver.call().reason, Reason::none);
}

TEST(HttpClient, AForeignServerHasNoAccount) {
  ScriptedServer server{always("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")};
  HttpBackendSettings settings = settings_for(server.url());
  ClientDriver without{settings};
  settings.has_account = true;
  ClientDriver with{settings};

  EXPECT_FALSE(without.backend().account());
  EXPECT_FALSE(with.backend().account());
}

}  // namespace
}  // namespace queuemeter
