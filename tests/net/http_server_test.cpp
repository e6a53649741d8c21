// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_server.hpp"

#include "tests/net/running_server.hpp"
#include "tests/net/served_client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string get_of(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// Answers with the method, the target and the body.
void echo(const HttpRequest& request, HttpReply reply) {
  std::string text{request.method};
  text.append(" ").append(request.target).append(" ").append(request.body);
  reply.answer(200, "X-Echo: yes\r\n", text);
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  RunningServer server{echo};
  ServedClient client{server.port()};

  const std::string first = client.ask(get_of("/one?x=1"));
  const std::string second =
      client.ask("POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");

  EXPECT_EQ(status_in(first), 200);
  EXPECT_EQ(body_in(first), "GET /one?x=1 ");
  EXPECT_EQ(field_in(first, "X-Echo"), "yes");
  EXPECT_EQ(field_in(first, "Connection"), "");
  EXPECT_NE(field_in(first, "Date"), "");
  EXPECT_EQ(body_in(second), "POST /two hello");
  EXPECT_EQ(server.counts().accepted, 1u);
  EXPECT_EQ(server.counts().requests, 2u);
}

TEST(HttpServer, ARequestInPiecesIsAnsweredOnceItIsWhole) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t at = 0; at + 1 < request.size(); ++at) {
    client.send(request.substr(at, 1));
  }
  EXPECT_TRUE(client.hears_nothing_for(20));

  client.send(request.substr(request.size() - 1));

  EXPECT_EQ(body_in(client.receive()), "POST /x hello");
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

TEST(HttpServer, ManyRequestsInOnePieceAreAnsweredInTheirOrder) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  std::string requests;
  for (int number = 0; number < 100; ++number) {
    requests += get_of("/" + std::to_string(number));
  }

  client.send(requests);

  for (int number = 0; number < 100; ++number) {
    EXPECT_EQ(body_in(client.receive()), "GET /" + std::to_string(number) + " ");
  }
}

TEST(HttpServer, LaterAnswersWaitForEarlierOnes) {
  RunningServer* running = nullptr;
  RunningServer server{
      [&](const HttpRequest&, HttpReply reply) { running->held.push_back(std::move(reply)); }};
  running = &server;
  ServedClient client{server.port()};
  client.send(get + get + get);
  ASSERT_TRUE(server.wait_until([&] { return server.held.size() == 3; }));

  server.on_loop([&] { server.held[2].answer(200, {}, "third"); });
  server.on_loop([&] { server.held[1].answer(200, {}, "second"); });
  EXPECT_TRUE(client.hears_nothing_for(20));
  EXPECT_GT(server.counts().buffered_bytes, 0u);
  server.on_loop([&] { server.held[0].answer(200, {}, "first"); });

  EXPECT_EQ(body_in(client.receive()), "first");
  EXPECT_EQ(body_in(client.receive()), "second");
  EXPECT_EQ(body_in(client.receive()), "third");
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

TEST(HttpServer, NoMoreRequestsOfAConnectionAreInFlightThanAllowed) {
  RunningServer* running = nullptr;
  HttpServerSettings settings;
  settings.in_flight = 2;
  RunningServer server{
      [&](const HttpRequest&, HttpReply reply) { running->held.push_back(std::move(reply)); },
      settings};
  running = &server;
  ServedClient client{server.port()};
  client.send(get + get + get + get + get);
  ASSERT_TRUE(server.wait_until([&] { return server.held.size() == 2; }));
  EXPECT_EQ(server.counts().requests, 2u);

  server.on_loop([&] { server.held[0].answer(200); });

  EXPECT_TRUE(server.wait_until([&] { return server.held.size() == 3; }));
  for (std::size_t number = 1; number < 5; ++number) {
    ASSERT_TRUE(server.wait_until([&] { return server.held.size() > number; }));
    server.on_loop([&] { server.held[number].answer(200); });
  }
  for (int number = 0; number < 5; ++number) {
    EXPECT_EQ(status_in(client.receive()), 200);
  }
}

TEST(HttpServer, HeadIsAnsweredWithoutItsBody) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + get);

  const std::string head = client.receive(true);
  EXPECT_EQ(field_in(head, "Content-Length"), std::to_string(std::string{"HEAD /x "}.size()));
  EXPECT_EQ(body_in(client.receive()), "GET / ");
}

TEST(HttpServer, SaysContinueToWhoWaitsForIt) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  client.send("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");

  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_EQ(body_in(client.receive()), "PUT /x hello");
}

TEST(HttpServer, TooLongABodyIsRefusedBeforeItIsSent) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  client.send(
      "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");

  const std::string answer = client.receive();
  EXPECT_EQ(status_in(answer), 413);
  EXPECT_EQ(field_in(answer, "Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(HttpServer, ClosesWhenTheClientAsksForIt) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  const std::string answer = client.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(field_in(answer, "Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(HttpServer, OldClientsAreClosedUnlessTheyAskToStay) {
  RunningServer server{echo};
  ServedClient stays{server.port()};
  ServedClient goes{server.port()};

  EXPECT_EQ(field_in(stays.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "Connection"),
            "keep-alive");
  EXPECT_EQ(status_in(stays.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")), 200);
  EXPECT_EQ(status_in(goes.ask("GET / HTTP/1.0\r\n\r\n")), 200);
  EXPECT_TRUE(goes.is_closed_by_server());
}

TEST(HttpServer, ABadRequestIsAnsweredBehindTheGoodOnesBeforeIt) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  client.send(get + "GET / HTTP/1.1\r\nHost : a\r\n\r\n" + get);

  EXPECT_EQ(status_in(client.receive()), 200);
  const std::string refusal = client.receive();
  EXPECT_EQ(status_in(refusal), 400);
  EXPECT_EQ(body_in(refusal), "Bad Request\n");
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_EQ(server.counts().requests, 1u);
  EXPECT_EQ(server.counts().bad_requests, 1u);
}

TEST(HttpServer, TheRefusalArrivesAlthoughTheClientGoesOnSending) {
  RunningServer server{echo};
  ServedClient client{server.port()};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n" +
              std::string(512 * 1024, 'x'));

  EXPECT_EQ(status_in(client.receive()), 413);
}

TEST(HttpServer, AnAnswerInPiecesArrivesWhole) {
  RunningServer* running = nullptr;
  RunningServer server{[&](const HttpRequest&, HttpReply reply) {
    reply.begin(200, {}, 6);
    running->held.push_back(std::move(reply));
  }};
  running = &server;
  ServedClient client{server.port()};
  client.send(get);
  EXPECT_NE(client.receive_until("\r\n\r\n"), "");

  server.on_loop([&] { server.held[0].add("abc"); });
  EXPECT_EQ(client.receive_until("c"), "abc");
  server.on_loop([&] { server.held[0].add("defghi"); });
  EXPECT_EQ(client.receive_until("f"), "def");
  EXPECT_TRUE(client.hears_nothing_for(20));
  server.on_loop([&] { EXPECT_FALSE(server.held[0]); });
}

TEST(HttpServer, ALargeAnswerReachesASlowReader) {
  const std::string large(8 * 1024 * 1024, 'x');
  RunningServer server{[&](const HttpRequest&, HttpReply reply) { reply.answer(200, {}, large); }};
  ServedClient client{server.port()};
  client.send(get + get);
  ASSERT_TRUE(server.wait_for([](const auto& counts) { return counts.buffered_bytes > 0; }));

  EXPECT_EQ(body_in(client.receive()).size(), large.size());
  EXPECT_EQ(body_in(client.receive()).size(), large.size());
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

class Departures final : public ClientWatcher {
 public:
  void client_left(std::uint64_t token) override { tokens.push_back(token); }
  std::vector<std::uint64_t> tokens;
};

TEST(HttpServer, TellsWhenTheClientHasLeft) {
  RunningServer* running = nullptr;
  Departures departures;
  RunningServer server{[&](const HttpRequest&, HttpReply reply) {
    reply.watch(departures, 40 + running->held.size());
    running->held.push_back(std::move(reply));
  }};
  running = &server;
  ServedClient client{server.port()};
  client.send(get + get);
  ASSERT_TRUE(server.wait_until([&] { return server.held.size() == 2; }));
  server.on_loop([&] { EXPECT_FALSE(server.held[0].client_has_left()); });

  client.close();

  EXPECT_TRUE(server.wait_until([&] { return departures.tokens.size() == 2; }));
  server.on_loop([&] {
    EXPECT_EQ(departures.tokens, (std::vector<std::uint64_t>{40, 41}));
    EXPECT_TRUE(server.held[0].client_has_left());
    server.held[0].answer(200, {}, "for nobody");
  });
  EXPECT_EQ(server.counts().open, 0u);
}

TEST(HttpServer, TellsWhenAClientLeavesThatHasSentTooMuch) {
  RunningServer* running = nullptr;
  HttpServerSettings settings;
  settings.in_flight = 1;
  Departures departures;
  RunningServer server{[&](const HttpRequest&, HttpReply reply) {
                         reply.watch(departures, 7);
                         running->held.push_back(std::move(reply));
                       },
                       settings};
  running = &server;
  ServedClient client{server.port()};
  client.send(get);
  ASSERT_TRUE(server.wait_until([&] { return server.held.size() == 1; }));
  client.send(get + get);

  client.close();

  EXPECT_TRUE(server.wait_until([&] { return !departures.tokens.empty(); }));
}

TEST(HttpServer, ADroppedReplyClosesTheConnection) {
  RunningServer server{[](const HttpRequest& request, HttpReply reply) {
    if (request.target == "/good") {
      reply.answer(200);
    }
  }};
  ServedClient client{server.port()};
  client.send(get_of("/good") + get_of("/bad"));

  EXPECT_EQ(status_in(client.receive()), 200);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(HttpServer, ARepliesOutlivesItsServer) {
  HttpReply survivor;
  {
    RunningServer server{[&](const HttpRequest&, HttpReply reply) { survivor = std::move(reply); }};
    ServedClient client{server.port()};
    client.send(get);
    ASSERT_TRUE(server.wait_until([&] { return static_cast<bool>(survivor); }));
  }

  EXPECT_TRUE(survivor.client_has_left());
  survivor.answer(200, {}, "too late");
}

TEST(HttpServer, TooManyConnectionsAreTurnedAway) {
  HttpServerSettings settings;
  settings.connections = 2;
  RunningServer server{echo, settings};
  ServedClient first{server.port()};
  ServedClient second{server.port()};
  EXPECT_EQ(status_in(first.ask(get)), 200);
  EXPECT_EQ(status_in(second.ask(get)), 200);

  ServedClient third{server.port()};
  const std::string answer = third.receive();
  EXPECT_EQ(status_in(answer), 503);
  EXPECT_EQ(field_in(answer, "Retry-After"), "1");
  EXPECT_EQ(server.counts().refused, 1u);

  first.close();
  ASSERT_TRUE(server.wait_for([](const auto& counts) { return counts.open == 1; }));
  ServedClient fourth{server.port()};
  EXPECT_EQ(status_in(fourth.ask(get)), 200);
}

TEST(HttpServer, SlowRequestsEndInATimeoutAndIdleConnectionsInSilence) {
  HttpServerSettings settings;
  settings.head_timeout = 100ms;
  settings.body_timeout = 100ms;
  settings.idle_timeout = 300ms;
  RunningServer server{echo, settings};
  ServedClient head{server.port()};
  ServedClient body{server.port()};
  ServedClient idle{server.port()};
  head.send("GET / HT");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");

  EXPECT_EQ(status_in(head.receive()), 408);
  EXPECT_EQ(status_in(body.receive()), 408);
  EXPECT_EQ(idle.receive_until("\r\n"), "");
  EXPECT_TRUE(head.is_closed_by_server());
  EXPECT_EQ(server.counts().timed_out, 2u);
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

TEST(HttpServer, WhoTakesNothingOfItsAnswerIsCutOff) {
  const std::string large(16 * 1024 * 1024, 'x');
  HttpServerSettings settings;
  settings.send_timeout = 200ms;
  RunningServer server{[&](const HttpRequest&, HttpReply reply) { reply.answer(200, {}, large); },
                       settings};
  ServedClient client{server.port()};
  client.narrow_receive_buffer();
  client.send(get);

  EXPECT_TRUE(server.wait_for([](const auto& counts) { return counts.timed_out == 1; }));
  EXPECT_EQ(server.counts().open, 0u);
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

TEST(HttpServer, NoMoreIsBufferedThanAllowed) {
  HttpServerSettings settings;
  settings.buffered_bytes = 256 * 1024;
  RunningServer server{echo, settings};
  const std::string half =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(90'000, 'x');
  ServedClient first{server.port()};
  ServedClient second{server.port()};
  first.send(half);
  second.send(half);
  ASSERT_TRUE(server.wait_for([](const auto& counts) { return counts.buffered_bytes > 180'000; }));

  ServedClient third{server.port()};
  third.send(half);

  EXPECT_EQ(status_in(third.receive()), 503);
  EXPECT_EQ(server.counts().overflowed, 1u);
  EXPECT_EQ(status_in(first.ask(std::string(10'000, 'x'))), 200);
  EXPECT_EQ(status_in(second.ask(std::string(10'000, 'x'))), 200);
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

TEST(HttpServer, ADrainLetsAnswersLeaveAndTakesNobody) {
  RunningServer* running = nullptr;
  RunningServer server{
      [&](const HttpRequest&, HttpReply reply) { running->held.push_back(std::move(reply)); }};
  running = &server;
  ServedClient busy{server.port()};
  ServedClient idle{server.port()};
  busy.send(get);
  ASSERT_TRUE(server.wait_until([&] { return server.held.size() == 1; }));
  const std::uint16_t port = server.port();
  ASSERT_EQ(server.counts().open, 2u);

  server.drain();

  EXPECT_TRUE(idle.is_closed_by_server());
  EXPECT_FALSE(ServedClient{port}.is_connected());
  server.on_loop([&] { server.held[0].answer(200, {}, "the last"); });
  const std::string answer = busy.receive();
  EXPECT_EQ(body_in(answer), "the last");
  EXPECT_EQ(field_in(answer, "Connection"), "close");
  busy.close();
  EXPECT_TRUE(server.wait_for([](const auto& counts) { return counts.open == 0; }));
}

TEST(HttpServer, APortInUseIsSaidInOneSentence) {
  RunningServer server{echo};
  boost::asio::io_context loop;
  const MonotonicClock clock;
  struct Nobody final : HttpServer::Handler {
    void requested(const HttpRequest&, HttpReply) override {}
  } nobody;
  HttpServerSettings settings;
  settings.port = server.port();

  const auto second = HttpServer::start(loop, clock, settings, nobody);

  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().kind, Error::Kind::unavailable);
  EXPECT_NE(second.error().what.find("cannot listen on 127.0.0.1"), std::string::npos);
}

TEST(HttpServer, ServersMayShareAPort) {
  HttpServerSettings settings;
  settings.shares_port = true;
  RunningServer first{echo, settings};
  settings.port = first.port();
  RunningServer second{echo, settings};

  for (int number = 0; number < 50; ++number) {
    EXPECT_EQ(status_in(ServedClient{first.port()}.ask(get)), 200);
  }
  EXPECT_EQ(first.counts().requests + second.counts().requests, 50u);
  EXPECT_GT(first.counts().requests, 0u);
  EXPECT_GT(second.counts().requests, 0u);
}

TEST(HttpServer, ConnectionsThatBreakAnywhereLeaveNothingBehind) {
  const std::string large(256 * 1024, 'x');
  RunningServer server{[&](const HttpRequest&, HttpReply reply) { reply.answer(200, {}, large); }};
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" + get;
  for (std::size_t at = 0; at <= request.size(); ++at) {
    ServedClient client{server.port()};
    client.send(request.substr(0, at));
    client.reset();
  }
  EXPECT_EQ(status_in(ServedClient{server.port()}.ask(get)), 200);

  EXPECT_TRUE(server.wait_for([](const auto& counts) { return counts.open == 0; }));
  EXPECT_EQ(server.counts().buffered_bytes, 0u);
}

}  // namespace
}  // namespace queuemeter
