// SPDX-License-Identifier: Apache-2.0
#include "tests/net/served_client.hpp"

#include "harness/net/http_response_parser.hpp"

#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {

ServedClient::ServedClient(std::uint16_t port)
    : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{10, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close();
  }
}

ServedClient::ServedClient(ServedClient&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)}, unread_{std::move(other.unread_)} {}

ServedClient::~ServedClient() { close(); }

bool ServedClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ServedClient::read_more() {
  std::array<char, 65536> bytes;
  const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got > 0) {
    unread_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return got > 0;
}

std::string ServedClient::receive(bool of_head_request) {
  if (of_head_request) {
    return receive_until("\r\n\r\n");
  }
  HttpResponseParser parser;
  std::size_t used = parser.feed(unread_);
  while (!parser.complete()) {
    if (parser.failed() || !read_more()) {
      return {};
    }
    used += parser.feed(std::string_view{unread_}.substr(used));
  }
  std::string response = unread_.substr(0, used);
  unread_.erase(0, used);
  return response;
}

std::string ServedClient::receive_until(std::string_view end) {
  std::size_t at = unread_.find(end);
  while (at == std::string::npos && read_more()) {
    at = unread_.find(end);
  }
  const std::size_t bytes = at == std::string::npos ? unread_.size() : at + end.size();
  std::string text = unread_.substr(0, bytes);
  unread_.erase(0, bytes);
  return text;
}

std::string ServedClient::ask(std::string_view request) {
  send(request);
  return receive();
}

bool ServedClient::hears_nothing_for(int milliseconds) {
  pollfd wanted{socket_, POLLIN, 0};
  return unread_.empty() && ::poll(&wanted, 1, milliseconds) == 0;
}

bool ServedClient::is_closed_by_server() {
  while (read_more()) {
    unread_.clear();
  }
  std::array<char, 1> byte;
  return ::recv(socket_, byte.data(), 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

void ServedClient::close() {
  if (socket_ >= 0) {
    ::close(std::exchange(socket_, -1));
  }
}

void ServedClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void ServedClient::narrow_receive_buffer() {
  const int bytes = 4096;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int status_in(std::string_view response) {
  return response.size() > 12 ? std::atoi(std::string{response.substr(9, 3)}.c_str()) : 0;
}

std::string body_in(std::string_view response) {
  const std::size_t head = response.find("\r\n\r\n");
  return head == std::string_view::npos ? "" : std::string{response.substr(head + 4)};
}

std::string field_in(std::string_view response, std::string_view name) {
  const std::string start = "\r\n" + std::string{name} + ": ";
  const std::size_t at = response.find(start);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::size_t from = at + start.size();
  return std::string{response.substr(from, response.find('\r', from) - from)};
}

}  // namespace queuemeter
