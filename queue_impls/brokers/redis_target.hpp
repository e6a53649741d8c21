// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace queuemeter::queues {

/// Which Redis server, as whom, and how patiently. A value; it holds the password, so it is never
/// printed but by `shown`.
struct RedisTarget {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::uint32_t database = 0;
  std::string user;      ///< empty: the server's default user
  std::string password;  ///< empty: none is sent
  bool tls = false;
  bool insecure = false;  ///< TLS without looking at the server's certificate
  std::string ca_file;    ///< TLS: trust the authorities in this file only; empty: the system's
  Duration connect_timeout = std::chrono::seconds{2};
  /// Without an answer for so long the connection is given up.
  Duration reply_timeout = std::chrono::seconds{5};

  /// "redis://127.0.0.1:6379/0": without user and password.
  [[nodiscard]] std::string shown() const;
};

/// Reads redis://[user:password@]host[:port][/database], or rediss:// for TLS. User and password
/// may be percent-encoded. Errors never repeat what could be a password.
[[nodiscard]] Result<RedisTarget> parse_redis_url(std::string_view url);

/// An address as the socket calls want it.
struct SocketEndpoint {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

/// The addresses of the target's host. Blocks for a name server; before the run only.
[[nodiscard]] Result<std::vector<SocketEndpoint>> resolve(const RedisTarget& target);

}  // namespace queuemeter::queues
