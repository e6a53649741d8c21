// SPDX-License-Identifier: Apache-2.0
// How the client connects: pools, pipelines, Unix sockets, IPv6, source addresses, deadlines.
#include "harness/backend/http_backend.hpp"
#include "tests/backend/client_driver.hpp"
#include "tests/backend/scripted_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <filesystem>
#include <future>
#include <netinet/in.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
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

void answer_all(ScriptedPeer& peer, std::size_t) {
  while (!peer.read_request().empty()) {
    peer.answer("ok");
  }
}

TEST(HttpTransport, ANewConnectionForEachRequestSaysThatItCloses) {
  std::atomic<int> said = 0;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    said += header_of(peer.read_request(), "Connection") == "close" ? 1 : 0;
    peer.answer("ok");  // and leaves it to the client to close
    static_cast<void>(peer.wait_for_end());
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connection = HttpClientSettings::ConnectionUse::once;
  ClientDriver driver{settings};

  for (int call = 0; call < 5; ++call) {
    EXPECT_EQ(driver.call().reason, Reason::none);
  }

  EXPECT_EQ(server.connections(), 5U);
  EXPECT_EQ(said, 5);
}

TEST(HttpTransport, NewConnectionsAreNoMoreThanAllowedAtOnce) {
  std::atomic<int> open = 0;
  std::atomic<int> peak = 0;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    peak = std::max(peak.load(), ++open);
    static_cast<void>(peer.read_request());
    std::this_thread::sleep_for(milliseconds{5});
    --open;
    peer.answer("ok");
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.connection = HttpClientSettings::ConnectionUse::once;
  settings.client.connections = 3;
  ClientDriver driver{settings};
  for (int call = 0; call < 12; ++call) {
    driver.begin();
  }

  ASSERT_TRUE(driver.run_until_settled(12));

  EXPECT_LE(peak, 3);
  EXPECT_EQ(server.connections(), 12U);
}

TEST(HttpTransport, PipelinedRequestsShareAConnectionAndAreAnsweredInOrder) {
  std::promise<void> all_there;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    for (int n = 0; n < 4; ++n) {
      static_cast<void>(peer.read_request());
    }
    all_there.set_value();
    peer.say(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\nContent-Length: 0"
        "\r\n\r\nHTTP/1.1 404 X\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n");
    peer.say("Content-Length: 0\r\n\r\n");
    answer_all(peer, 0);
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.pipelining = 4;
  settings.client.connections = 1;
  ClientDriver driver{settings};
  for (int call = 0; call < 6; ++call) {
    driver.begin();
  }

  ASSERT_TRUE(driver.run_until_settled(6));

  EXPECT_EQ(all_there.get_future().wait_for(seconds{0}), std::future_status::ready);
  EXPECT_EQ(server.connections(), 1U);
  for (std::size_t call = 0; call < 6; ++call) {
    EXPECT_EQ(driver.settled[call].sequence, call);
    EXPECT_EQ(driver.settled[call].reply.status, call == 1 ? 500 : call == 2 ? 404 : 200);
  }
}

TEST(HttpTransport, AConnectionThatEndsFailsAllThatWasPipelined) {
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t number) {
    if (number > 0) {
      answer_all(peer, number);
      return;
    }
    for (int n = 0; n < 3; ++n) {
      static_cast<void>(peer.read_request());
    }
    peer.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.pipelining = 3;
  settings.client.connections = 1;
  ClientDriver driver{settings};
  for (int call = 0; call < 4; ++call) {
    driver.begin();
  }

  ASSERT_TRUE(driver.run_until_settled(4));

  EXPECT_EQ(driver.settled[0].reply.reason, Reason::none);
  EXPECT_EQ(driver.settled[1].reply.reason, Reason::disconnected);
  EXPECT_EQ(driver.settled[2].reply.reason, Reason::disconnected);
  EXPECT_EQ(driver.settled[3].reply.reason, Reason::none) << "it waited, and has a new connection";
}

TEST(HttpTransport, AnAbandonedCallTakesThoseBehindItAlong) {
  std::promise<void> all_there;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    static_cast<void>(peer.read_request());
    all_there.set_value();
    static_cast<void>(peer.wait_for_end());
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.pipelining = 2;
  settings.client.connections = 1;
  ClientDriver driver{settings};
  const CallHandle first = driver.begin();
  driver.begin();
  const auto is_there = all_there.get_future();
  ASSERT_TRUE(
      driver.run_until([&] { return is_there.wait_for(seconds{0}) == std::future_status::ready; }));

  driver.abandon(first);
  ASSERT_TRUE(driver.run_until_settled(1));

  EXPECT_EQ(driver.settled[0].sequence, 1U);
  EXPECT_EQ(driver.settled[0].reply.reason, Reason::disconnected);
  EXPECT_EQ(driver.in_flight(), 0U);
}

TEST(HttpTransport, ConnectionsAreOpenedBeforehandAtTheirRate) {
  ScriptedServer server{answer_all};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.open = 40;
  settings.client.open_rate = Rate::per_second(400);
  ClientDriver driver{settings};
  const Instant begun_at = driver.now();

  ASSERT_TRUE(driver.run_until([&] { return driver.backend().open_connections()->open == 40; }));

  EXPECT_GE(driver.now() - begun_at, milliseconds{90});
  EXPECT_EQ(driver.call().reason, Reason::none);
  EXPECT_EQ(driver.backend().open_connections()->opened, 40U) << "the call used one of them";
}

TEST(HttpTransport, ConnectionsThatCannotBeOpenedAreCountedWithTheReason) {
  HttpBackendSettings settings = settings_for(fmt::format("http://127.0.0.1:{}/", unused_port()));
  settings.client.open = 2;
  ClientDriver driver{settings};

  ASSERT_TRUE(driver.run_until([&] { return driver.backend().open_connections()->failed == 2; }));

  EXPECT_EQ(driver.backend().open_connections()->open, 0U);
  EXPECT_EQ(driver.backend().open_connections()->why, "Connection refused");
}

TEST(HttpTransport, ACallIsCancelledAtItsDeadline) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    static_cast<void>(peer.read_request());
    EXPECT_TRUE(peer.wait_for_end()) << "the connection is closed";
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.cancel_at_deadline = true;
  ClientDriver driver{settings};
  const Instant deadline = driver.now() + milliseconds{60};
  driver.deadline = deadline;

  const Reply reply = driver.call();

  EXPECT_EQ(reply.reason, Reason::backend_timeout);
  EXPECT_GE(reply.replied_at, deadline);
  EXPECT_LT(reply.replied_at, deadline + seconds{2});
}

TEST(HttpTransport, SourceAddressesTakeTurns) {
  std::set<std::string> seen;
  // The kernel knows the peer of each connection; a script does not, so the listener is asked.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, generic, size), 0);
  ASSERT_EQ(::listen(listener, 16), 0);
  ASSERT_EQ(::getsockname(listener, generic, &size), 0);
  HttpBackendSettings settings =
      settings_for(fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)));
  settings.client.source_addresses = SourceAddresses::parse("127.0.0.2..127.0.0.4").value();
  settings.client.open = 6;
  ClientDriver driver{settings};
  ASSERT_TRUE(driver.run_until([&] { return driver.backend().open_connections()->open == 6; }));

  for (int connection = 0; connection < 6; ++connection) {
    sockaddr_in peer{};
    socklen_t bytes = sizeof peer;
    const int socket = ::accept(listener, reinterpret_cast<sockaddr*>(&peer), &bytes);
    ASSERT_GE(socket, 0);
    seen.insert(::inet_ntoa(peer.sin_addr));
    ::close(socket);
  }

  EXPECT_EQ(seen, (std::set<std::string>{"127.0.0.2", "127.0.0.3", "127.0.0.4"}));
  ::close(listener);
}

/// Serves one connection of a listening socket: a request, an answer.
std::thread serve_once(int listener) {
  return std::thread{[listener] {
    const int socket = ::accept(listener, nullptr, nullptr);
    ScriptedPeer peer{socket};
    static_cast<void>(peer.read_request());
    peer.answer("ok");
    static_cast<void>(peer.wait_for_end());
  }};
}

TEST(HttpTransport, AUnixSocketIsCalled) {
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("queuemeter-{}.sock", ::getpid()))
          .string();
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 16), 0);
  std::string escaped;
  for (const char byte : path) {
    escaped += byte == '/' ? std::string{"%2F"} : std::string{byte};
  }
  const HttpBackendSettings settings = settings_for("http+unix://" + escaped + "/x");
  std::thread server = serve_once(listener);
  {
    ClientDriver driver{settings};
    EXPECT_EQ(driver.call().reason, Reason::none);
  }
  server.join();
  ::close(listener);
  std::filesystem::remove(path);

  ClientDriver nobody{settings};
  EXPECT_EQ(nobody.call().reason, Reason::unreachable);
  EXPECT_FALSE(reach_http_backend(settings));
}

TEST(HttpTransport, IPv6IsCalled) {
  const int listener = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0) {
    ::close(listener);
    GTEST_SKIP() << "this host has no IPv6 loopback";
  }
  ASSERT_EQ(::listen(listener, 16), 0);
  ASSERT_EQ(::getsockname(listener, generic, &size), 0);
  std::thread server = serve_once(listener);
  {
    ClientDriver driver{settings_for(fmt::format("http://[::1]:{}/", ntohs(address.sin6_port)))};
    EXPECT_EQ(driver.call().reason, Reason::none);
  }
  server.join();
  ::close(listener);
}

TEST(HttpTransport, AnAnswerToHeadHasNoBody) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    while (!peer.read_request().empty()) {
      peer.say("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    }
  }};
  HttpBackendSettings settings = settings_for(server.url());
  settings.client.method = "HEAD";
  ClientDriver driver{settings};

  EXPECT_EQ(driver.call().reason, Reason::none);
  EXPECT_EQ(driver.call().reason, Reason::none);
  EXPECT_EQ(server.connections(), 1U);
}

}  // namespace
}  // namespace queuemeter
