// SPDX-License-Identifier: Apache-2.0
#include "harness/front/callback_receiver.hpp"

#include "tests/net/served_client.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

struct NotingSink final : CompletionSink {
  void completed(const Completion& completion) override { seen.push_back(completion); }
  std::vector<Completion> seen;
};

struct Receiving {
  explicit Receiving(HttpExpectation what = {}) : expected{std::move(what)} {
    EXPECT_TRUE(receiver.listen(loop).has_value());
    receiver.open(sink);
  }
  /// The URL of one call's result, taken apart.
  [[nodiscard]] std::string path(std::uint64_t sequence) const {
    const std::string text = url(sequence);
    return text.substr(text.find('/', text.find("//") + 2));
  }
  [[nodiscard]] std::string url(std::uint64_t sequence) const {
    std::string text;
    receiver.append_url(sequence, text);
    return text;
  }
  /// What the site is answered; its request is made while the receiver's loop runs.
  int post(const std::string& path, const std::string& lines = "", const std::string& body = "",
           const std::string& method = "POST") {
    const std::string address = url(0);
    const std::size_t colon = address.find(':', address.find("//"));
    const int port = std::atoi(address.c_str() + colon + 1);
    int status = 0;
    std::thread site{[&] {
      ServedClient client{static_cast<std::uint16_t>(port)};
      status = status_in(client.ask(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + lines +
                                    "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                    body));
      loop.stop();
    }};
    loop.restart();
    loop.run_for(std::chrono::seconds{20});
    site.join();
    return status;
  }

  MonotonicClock clock;
  boost::asio::io_context loop;
  CallTokens tokens{7, make_run_secret()};
  HttpExpectation expected;
  NotingSink sink;
  CallbackReceiver receiver{clock, tokens, expected};
};

TEST(CallbackReceiver, TakesTheResultOfACallAtItsUrl) {
  Receiving world;

  EXPECT_EQ(world.post(world.path(42)), 204);

  ASSERT_EQ(world.sink.seen.size(), 1U);
  EXPECT_EQ(world.sink.seen[0].sequence, 42U);
  EXPECT_EQ(world.sink.seen[0].outcome, Outcome::completed);
  EXPECT_TRUE(is_observed(world.sink.seen[0].returned_at));
  EXPECT_EQ(world.receiver.counts().received, 1U);
}

TEST(CallbackReceiver, RefusesAForgedOneAndCountsIt) {
  Receiving world;
  std::string forged = world.path(42);
  forged.back() = forged.back() == '0' ? '1' : '0';

  EXPECT_EQ(world.post(forged), 403);
  EXPECT_EQ(world.post("/callbacks/42"), 403);

  EXPECT_TRUE(world.sink.seen.empty());
  EXPECT_EQ(world.receiver.counts().forged, 2U);
  EXPECT_EQ(world.receiver.counts().received, 0U);
}

TEST(CallbackReceiver, AnswersWhatIsNoCallbackLikeAnyServer) {
  Receiving world;

  EXPECT_EQ(world.post("/"), 404);
  EXPECT_EQ(world.post(world.path(1), "", "", "DELETE"), 405);
  EXPECT_EQ(world.post(world.path(1), "X-Queuemeter-Outcome: nonsense\r\n"), 400);
  EXPECT_TRUE(world.sink.seen.empty());
}

TEST(CallbackReceiver, HearsFromOurOwnFrontEndHowTheCallWent) {
  Receiving world;

  EXPECT_EQ(world.post(world.path(3),
                       "X-Queuemeter-Outcome: failed\r\n"
                       "X-Queuemeter-Reason: backend_error\r\n"
                       "X-Queuemeter-Taken: 123\r\n"),
            204);

  ASSERT_EQ(world.sink.seen.size(), 1U);
  EXPECT_EQ(world.sink.seen[0].outcome, Outcome::failed);
  EXPECT_EQ(world.sink.seen[0].reason, Reason::backend_error);
  EXPECT_EQ(world.sink.seen[0].taken_at, Instant{Duration{123}});
}

TEST(CallbackReceiver, LooksIntoTheResultWhereOneIsExpected) {
  HttpExpectation expected;
  expected.body = "paid";
  Receiving world{expected};

  EXPECT_EQ(world.post(world.path(1), "", "order paid"), 204);
  EXPECT_EQ(world.post(world.path(2), "", "order lost"), 204);

  ASSERT_EQ(world.sink.seen.size(), 2U);
  EXPECT_EQ(world.sink.seen[0].outcome, Outcome::completed);
  EXPECT_EQ(world.sink.seen[1].reason, Reason::wrong_answer);
}

}  // namespace
}  // namespace queuemeter
