// SPDX-License-Identifier: Apache-2.0
// A connection that ends after any byte of an answer: what comes of the call is exact.
#include "harness/backend/http_backend.hpp"
#include "tests/backend/client_driver.hpp"
#include "tests/backend/scripted_server.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::peers {
namespace {

enum class End { orderly, reset };

struct Answer {
  const char* name;
  std::string_view text;
  /// From so many bytes on an orderly end completes it.
  std::size_t whole_from;
};
std::ostream& operator<<(std::ostream& out, const Answer& answer) { return out << answer.name; }

constexpr std::string_view sized =
    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-Y: z\r\n\r\nhello, world";
constexpr std::string_view chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n7\r\n, world\r\n0\r\n"
    "X-Trailer: 1\r\n\r\n";
constexpr std::string_view after_interim =
    "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view until_close = "HTTP/1.0 200 OK\r\nX-Y: z\r\n\r\nhello, world";

class CutAnswer : public testing::TestWithParam<Answer> {
 protected:
  /// Answers the n-th connection with the first n bytes and ends it.
  static ScriptedServer::Script cut_after_each_byte(std::string_view answer, End end) {
    return [answer, end](ScriptedPeer& peer, std::size_t number) {
      static_cast<void>(peer.read_request());
      peer.say(answer.substr(0, number));
      if (end == End::reset) {
        peer.reset();
      }
    };
  }

  static HttpBackendSettings settings_for(const ScriptedServer& server) {
    HttpBackendSettings settings;
    settings.url = server.url();
    settings.client.connections = 1;
    return settings;
  }
};

constexpr Answer sized_answer{"sized", sized, sized.size()};
constexpr Answer chunked_answer{"chunked", chunked, chunked.size()};
constexpr Answer interim_first{"interim_first", after_interim, after_interim.size()};
constexpr Answer answer_until_close{"until_close", until_close, until_close.find("hello")};

INSTANTIATE_TEST_SUITE_P(Answers, CutAnswer,
                         testing::Values(sized_answer, chunked_answer, interim_first,
                                         answer_until_close),
                         testing::PrintToStringParamName());

/// Answers that say their end themselves, so that a second one can follow.
class CutSecondAnswer : public CutAnswer {};

INSTANTIATE_TEST_SUITE_P(Answers, CutSecondAnswer,
                         testing::Values(sized_answer, chunked_answer, interim_first),
                         testing::PrintToStringParamName());

TEST_P(CutAnswer, AnOrderlyEndAfterAnyByteIsCountedOnce) {
  const std::string_view text = GetParam().text;
  ScriptedServer server{cut_after_each_byte(text, End::orderly)};
  ClientDriver driver{settings_for(server)};

  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const Reply reply = driver.call();

    EXPECT_EQ(reply.reason, bytes < GetParam().whole_from ? Reason::disconnected : Reason::none)
        << "cut after byte " << bytes;
    EXPECT_EQ(driver.settled.size(), bytes + 1);
    EXPECT_EQ(driver.in_flight(), 0u);
    driver.run_for(std::chrono::milliseconds{1});  // a whole answer leaves its connection open
  }
}

TEST_P(CutAnswer, AResetAfterAnyByteIsCountedOnce) {
  const std::string_view text = GetParam().text;
  const bool says_its_end = GetParam().whole_from == text.size();
  ScriptedServer server{cut_after_each_byte(text, End::reset)};
  ClientDriver driver{settings_for(server)};

  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const Reply reply = driver.call();

    EXPECT_EQ(reply.reason,
              says_its_end && bytes == text.size() ? Reason::none : Reason::disconnected)
        << "reset after byte " << bytes;
    EXPECT_EQ(driver.settled.size(), bytes + 1);
    EXPECT_EQ(driver.in_flight(), 0u);
  }
}

TEST_P(CutSecondAnswer, ACutInItLeavesTheFirstOneWhole) {
  const std::string_view text = GetParam().text;
  ScriptedServer server{[text](ScriptedPeer& peer, std::size_t number) {
    static_cast<void>(peer.read_request());
    peer.say(text);
    static_cast<void>(peer.read_request());
    peer.say(text.substr(0, number));
    peer.reset();
  }};
  ClientDriver driver{settings_for(server)};

  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    EXPECT_EQ(driver.call().reason, Reason::none);
    EXPECT_EQ(driver.call().reason, Reason::disconnected) << "cut after byte " << bytes;
    EXPECT_EQ(driver.settled.size(), 2 * (bytes + 1));
    EXPECT_EQ(driver.in_flight(), 0u);
  }
  EXPECT_EQ(server.connections(), text.size());
}

TEST(CutAnswers, ManyConnectionsCutAtOnceLeaveNoCallBehind) {
  constexpr std::size_t calls = 400;
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t number) {
    static_cast<void>(peer.read_request());
    peer.say(sized.substr(0, number % (sized.size() + 1)));
    if (number % 2 == 1) {
      peer.reset();
    }
  }};
  HttpBackendSettings settings;
  settings.url = server.url();
  settings.client.connections = 50;
  ClientDriver driver{settings};

  for (std::size_t i = 0; i < calls; ++i) {
    driver.begin();
  }
  ASSERT_TRUE(driver.run_until_settled(calls));
  driver.run_for(std::chrono::milliseconds{50});

  std::vector<bool> seen(calls);
  for (const ClientDriver::Settled& each : driver.settled) {
    EXPECT_FALSE(seen[each.sequence]) << "call " << each.sequence << " was settled twice";
    seen[each.sequence] = true;
  }
  EXPECT_EQ(driver.settled.size(), calls);
  EXPECT_EQ(driver.in_flight(), 0u);
}

}  // namespace
}  // namespace queuemeter::peers
