// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// The parts of "http://host:port/path?query".
struct HttpUrl {
  std::string host;  ///< a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string authority;     ///< host and port as the `Host` header wants them
  std::string target = "/";  ///< path and query
};

/// Strict: http only, no user name or password (and no error repeats one), no fragment, nothing
/// that would have to be escaped. Errors are usage errors.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace queuemeter
