// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/net/http_url.hpp"

#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace queuemeter {

/// Where a socket connects to, or what it is bound to, as the socket calls want it: IPv4, IPv6 or
/// a path in the file system.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;

  [[nodiscard]] const sockaddr* generic() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  [[nodiscard]] sa_family_t family() const noexcept { return storage.ss_family; }

  /// An IPv4 address of ours with a port that the system chooses.
  [[nodiscard]] static SocketAddress of_ipv4(std::uint32_t address) noexcept;
};

/// The addresses of a URL's host, in the order in which they are to be tried; of a Unix socket its
/// path. Waits for the name service. Errors: `Error::unavailable` with the host and why.
[[nodiscard]] Result<std::vector<SocketAddress>> addresses_of(const HttpUrl& url);

}  // namespace queuemeter
