// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// The parts of "http://host:port/path?query", of https likewise, or of
/// "http+unix://%2Frun%2Fsite.sock/path?query", whose host is the path of a Unix socket.
struct HttpUrl {
  bool is_secure = false;  ///< https
  std::string host;        ///< a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string socket_path;   ///< of a Unix socket; empty elsewhere
  std::string authority;     ///< host and port as the `Host` header wants them
  std::string target = "/";  ///< path and query
};

/// Strict: no user name or password (and no error repeats one), no fragment, nothing
/// that would have to be escaped. Errors are usage errors.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace queuemeter
