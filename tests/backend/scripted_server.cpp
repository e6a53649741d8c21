// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/scripted_server.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

std::pair<int, std::uint16_t> bind_loopback() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, generic, size) != 0 || ::getsockname(socket, generic, &size) != 0) {
    throw std::runtime_error{"the test cannot bind a loopback port"};
  }
  return {socket, ntohs(address.sin_port)};
}

}  // namespace

ScriptedPeer::~ScriptedPeer() {
  if (socket_ >= 0) {
    ::close(socket_);
  }
}

std::string ScriptedPeer::read_request() {
  std::array<char, 65536> bytes{};
  for (;;) {
    const std::size_t head = read_ahead_.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::size_t whole =
          head + 4 + std::strtoull(header_of(read_ahead_, "Content-Length").c_str(), nullptr, 10);
      if (read_ahead_.size() >= whole) {
        std::string request = read_ahead_.substr(0, whole);
        read_ahead_.erase(0, whole);
        return request;
      }
    }
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
      return {};
    }
    read_ahead_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void ScriptedPeer::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return;  // the client has left, which some tests want it to
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void ScriptedPeer::answer(std::string_view body) {
  say(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
}

void ScriptedPeer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool ScriptedPeer::wait_for_end() {
  pollfd wanted{socket_, POLLRDHUP, 0};
  return ::poll(&wanted, 1, 5'000) == 1;
}

ScriptedServer::ScriptedServer(Script script) : script_{std::move(script)} {
  std::tie(listener_, port_) = bind_loopback();
  ::listen(listener_, 1024);
  accepting_ = std::thread{[this] { accept_all(); }};
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  ::close(listener_);
  {
    const std::scoped_lock lock{mutex_};
    for (const ScriptedPeer& peer : peers_) {
      ::shutdown(peer.socket_, SHUT_RDWR);
    }
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::string ScriptedServer::url(std::string_view target) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, target);
}

std::size_t ScriptedServer::connections() {
  const std::scoped_lock lock{mutex_};
  return peers_.size();
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const std::scoped_lock lock{mutex_};
    const std::size_t number = peers_.size();
    ScriptedPeer& peer = peers_.emplace_back(socket);
    threads_.emplace_back([this, &peer, number] {
      script_(peer, number);
      const std::scoped_lock closing{mutex_};
      ::close(std::exchange(peer.socket_, -1));
    });
  }
}

std::string header_of(std::string_view request, std::string_view name) {
  const std::size_t at = request.find(fmt::format("\r\n{}: ", name));
  if (at == std::string_view::npos) {
    return {};
  }
  const std::size_t start = at + name.size() + 4;
  return std::string{request.substr(start, request.find("\r\n", start) - start)};
}

std::uint16_t unused_port() {
  const auto [socket, port] = bind_loopback();
  ::close(socket);
  return port;
}

}  // namespace queuemeter
