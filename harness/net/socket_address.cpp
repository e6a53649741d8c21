// SPDX-License-Identifier: Apache-2.0
#include "harness/net/socket_address.hpp"

#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace queuemeter {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// The URL's reader has made sure that the path fits.
SocketAddress address_of_path(const std::string& path) {
  sockaddr_un named{};
  named.sun_family = AF_UNIX;
  path.copy(named.sun_path, sizeof named.sun_path - 1);
  SocketAddress address;
  std::memcpy(&address.storage, &named, sizeof named);
  address.bytes = sizeof named;
  return address;
}

}  // namespace

SocketAddress SocketAddress::of_ipv4(std::uint32_t address) noexcept {
  sockaddr_in numbered{};
  numbered.sin_family = AF_INET;
  numbered.sin_addr.s_addr = htonl(address);
  SocketAddress made;
  std::memcpy(&made.storage, &numbered, sizeof numbered);
  made.bytes = sizeof numbered;
  return made;
}

Result<std::vector<SocketAddress>> addresses_of(const HttpUrl& url) {
  if (!url.socket_path.empty()) {
    return std::vector{address_of_path(url.socket_path)};
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
  if (failure != 0) {
    return Error::unavailable(
        fmt::format("the host \"{}\" cannot be resolved ({}); check its name or write its address",
                    url.host, ::gai_strerror(failure)));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list{found};
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.bytes = entry->ai_addrlen;
  }
  return addresses;
}

}  // namespace queuemeter
