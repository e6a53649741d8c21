// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/broker_probe.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace queuemeter::cli {
namespace {

/// Listens on a free port of the loopback, and answers one client's first words.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : listener_{socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread{[this, answer] {
      const int client = accept(listener_, nullptr, nullptr);
      std::array<char, 64> words{};
      if (client >= 0 && recv(client, words.data(), words.size(), 0) > 0) {
        send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      close(client);
    }};
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  ~OneAnswer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

constexpr Duration patience = std::chrono::seconds{2};

TEST(BrokerProbe, ARedisServerIsKnownByItsAnswer) {
  const OneAnswer server{"+PONG\r\n"};

  const BrokerAnswer answer = ask_broker({"redis", server.port(), "PING\r\n"}, patience);

  EXPECT_TRUE(answer.answers);
  EXPECT_EQ(answer.seen, "answers PING");
}

TEST(BrokerProbe, AServerThatWantsAPasswordAnswersToo) {
  const OneAnswer server{"-NOAUTH Authentication required.\r\n"};

  const BrokerAnswer answer = ask_broker({"redis", server.port(), "PING\r\n"}, patience);

  EXPECT_TRUE(answer.answers);
  EXPECT_EQ(answer.seen, "asks for a password");
}

TEST(BrokerProbe, WhereNobodyListensNobodyAnswers) {
  std::uint16_t free_port = 0;
  {
    const OneAnswer gone{""};
    free_port = gone.port();
  }
  EXPECT_FALSE(ask_broker({"nats", free_port}, patience).answers);
}

}  // namespace
}  // namespace queuemeter::cli
