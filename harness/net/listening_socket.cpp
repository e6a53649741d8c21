// SPDX-License-Identifier: Apache-2.0
#include "harness/net/listening_socket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace queuemeter {
namespace {

constexpr int accept_backlog = 4096;

Error cannot_listen(const std::string& host, std::uint16_t port, const char* reason) {
  return Error::unavailable(
      fmt::format("cannot listen on {}:{} ({}); choose a free port, or 0 for any, and an address "
                  "of this host",
                  host, port, reason));
}

std::uint16_t port_of(int socket) noexcept {
  sockaddr_storage address{};
  socklen_t bytes = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) {
    return 0;
  }
  in_port_t port = 0;
  const std::size_t at = address.ss_family == AF_INET6 ? offsetof(sockaddr_in6, sin6_port)
                                                       : offsetof(sockaddr_in, sin_port);
  std::memcpy(&port, reinterpret_cast<const char*>(&address) + at, sizeof port);
  return ntohs(port);
}

/// A socket bound to `address`; -1 with `errno` when that is not possible.
int bind_to(const addrinfo& address, bool shares) noexcept {
  const int socket = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) {
    return -1;
  }
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (shares) {
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  }
  if (::bind(socket, address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(socket, accept_backlog) != 0) {
    const int failure = errno;
    ::close(socket);
    errno = failure;
    return -1;
  }
  return socket;
}

}  // namespace

Result<ListeningSocket> listen_on(const std::string& host, std::uint16_t port, bool shares) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const std::string service = std::to_string(port);
  if (const int failure = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &list);
      failure != 0) {
    return cannot_listen(host, port, ::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{list, ::freeaddrinfo};
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    const int socket = bind_to(*address, shares);
    if (socket >= 0) {
      return ListeningSocket{socket, port_of(socket)};
    }
  }
  return cannot_listen(host, port, std::strerror(errno));
}

void raise_descriptor_limit(std::size_t wanted) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace queuemeter
