// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/call.hpp"
#include "harness/call/error.hpp"
#include "harness/call/http_settings.hpp"
#include "harness/net/kept_answer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// How our HTTP client calls a backend.
struct HttpBackendSettings {
  std::string url;            ///< "http://host:port/path"; credentials are refused
  HttpClientSettings client;  ///< `connections` are those of one client
  HttpRequestSettings request;
  /// Instead of the URL's path and query; may hold places, as the URL may.
  std::optional<std::string> target;
  std::vector<std::string> class_names;  ///< what {call.class} says, by class; else its number
  /// What a sink wants to see of every answer beside its status: see `Reply`.
  KeptParts kept;
  std::uint64_t seed = 0;    ///< of the payload bytes
  bool has_account = false;  ///< the URL is a `queuemeter backend`, which answers GET /stats
};

/// Fills the places that only the one who begins the calls knows. Called on the threads of the
/// clients, with calls they have begun.
class CallPlaces {
 public:
  CallPlaces() = default;
  CallPlaces(const CallPlaces&) = delete;
  CallPlaces& operator=(const CallPlaces&) = delete;
  virtual ~CallPlaces() = default;
  /// {callback}: where the result of the call is to be sent.
  virtual void append_callback(const Call& call, std::string& text) const = 0;
  /// {result}: where the result of the call can be had.
  virtual void append_result(const Call& call, std::string& text) const = 0;
};

/// A backend behind a URL. Checks URL and templates, reads the files that they name and resolves
/// the host once, here; does not connect. Without `places`, {callback} and {result} are errors.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_http_backend(
    HttpBackendSettings settings, const CallPlaces* places = nullptr);

/// Opens one connection to the backend and closes it again, without sending anything; waits
/// as long as the timeouts of `connect` and `tls` allow. Errors: `Error::unavailable` with the
/// address and why.
[[nodiscard]] Result<void> reach_http_backend(const HttpBackendSettings& settings);

}  // namespace queuemeter
