// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/broker_probe.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace queuemeter::cli {

namespace {

/// Ports as IANA or the brokers' own documentation have them.
constexpr std::array usual_ports{BrokerPort{"redis", 6379, "PING\r\n"},
                                 BrokerPort{"rabbitmq", 5672},
                                 BrokerPort{"nats", 4222},
                                 BrokerPort{"kafka", 9092},
                                 BrokerPort{"beanstalkd", 11300},
                                 BrokerPort{"mosquitto", 1883},
                                 BrokerPort{"gearman", 4730},
                                 BrokerPort{"postgresql", 5432}};

/// A socket that is closed with the scope.
class Socket {
 public:
  Socket() : descriptor_{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

  [[nodiscard]] bool ready(short events, Duration patience) const {
    pollfd waiting{.fd = descriptor_, .events = events, .revents = 0};
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
    return poll(&waiting, 1, static_cast<int>(milliseconds.count())) == 1;
  }

  [[nodiscard]] bool connect_to(std::uint16_t port, Duration patience) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The socket interface has every address in one type.
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (connect(descriptor_, generic, sizeof address) == 0) {
      return true;
    }
    if (errno != EINPROGRESS || !ready(POLLOUT, patience)) {
      return false;
    }
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }

 private:
  int descriptor_;
};

/// Source: Redis serialization protocol: simple strings begin with '+', errors with '-'.
std::string understood(std::string_view answer) {
  if (answer.starts_with("+PONG")) {
    return "answers PING";
  }
  return answer.starts_with("-NOAUTH") ? "asks for a password" : "answers something else";
}

}  // namespace

BrokerAnswer ask_broker(const BrokerPort& broker, Duration patience) {
  BrokerAnswer answer{.name = broker.name, .port = broker.port, .answers = false, .seen = ""};
  const Socket socket;
  if (socket.get() < 0 || !socket.connect_to(broker.port, patience)) {
    return answer;
  }
  answer.answers = true;
  answer.seen = "accepts connections";
  if (broker.question.empty()) {
    return answer;
  }
  std::array<char, 64> buffer{};
  const auto sent =
      send(socket.get(), broker.question.data(), broker.question.size(), MSG_NOSIGNAL);
  if (sent > 0 && socket.ready(POLLIN, patience)) {
    const auto received = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (received > 0) {
      answer.seen = understood({buffer.data(), static_cast<std::size_t>(received)});
    }
  }
  return answer;
}

std::vector<BrokerAnswer> ask_brokers(Duration patience_each) {
  std::vector<BrokerAnswer> answers;
  answers.reserve(std::size(usual_ports));
  for (const BrokerPort& broker : usual_ports) {
    answers.push_back(ask_broker(broker, patience_each));
  }
  return answers;
}

}  // namespace queuemeter::cli
