// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace queuemeter {

/// How our HTTP/1.1 client calls a backend.
struct HttpBackendSettings {
  std::string url;                 ///< "http://host:port/path"; credentials are refused
  std::size_t connections = 4096;  ///< open connections of one client at the most
  Duration connect_timeout = std::chrono::seconds{5};
  Duration first_byte_timeout = Duration::max();
  /// From `begin` to the whole reply. Without it, and without the one above, a call that the
  /// backend never answers ends only when its connection breaks or when it is abandoned, which the
  /// drain's end does; until then it keeps its worker waiting.
  Duration whole_timeout = Duration::max();
  std::uint64_t seed = 0;    ///< of the payload bytes
  bool has_account = false;  ///< the URL is a `queuemeter backend`, which answers GET /stats
};

/// A backend behind a URL. Checks the URL and resolves the host once, here; does not connect.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_http_backend(HttpBackendSettings settings);

/// Opens one connection to the backend and closes it again, without sending anything; waits
/// `connect_timeout` at the most. Errors: `Error::unavailable` with the address and why.
[[nodiscard]] Result<void> reach_http_backend(const HttpBackendSettings& settings);

}  // namespace queuemeter
