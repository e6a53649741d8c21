// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"
#include "harness/call/source_addresses.hpp"
#include "harness/call/status_set.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {

/// Whom a client trusts where the URL begins with https.
struct TlsSettings {
  bool verify = true;  ///< the certificate must be trusted, and in the name of the host
  std::string ca;      ///< file of the authorities to trust (PEM); empty: the system's
  std::string name;    ///< the name expected in the certificate; empty: the URL's host
};

/// How long a client waits, by stages of a call. `whole` bounds what else is left out; who makes
/// the client says what it is when it is left out itself.
struct HttpTimeouts {
  Duration connect = std::chrono::seconds{5};  ///< until the socket is connected
  Duration tls = std::chrono::seconds{5};      ///< from then until TLS (and HTTP/2) is agreed
  std::optional<Duration> first_byte;          ///< from the request to the answer's first byte
  std::optional<Duration> whole;               ///< from the begin of the call to the whole answer
};

/// What a right answer is; anything else is failed, `wrong_answer`.
struct HttpExpectation {
  StatusSet status;
  std::string body;  ///< a text that the body must contain; empty: any body
  /// JSON pointers (RFC 6901) and the values there: texts, numbers, true, false and null, as text.
  std::vector<std::pair<std::string, std::string>> json;

  [[nodiscard]] bool looks_at_body() const noexcept { return !body.empty() || !json.empty(); }
};

/// How an HTTP client of ours connects and what it takes for an answer: the transport keys of
/// `[backend]`, and of `[path]` with `kind = "front"`.
struct HttpClientSettings {
  enum class Protocol : std::uint8_t { http_1_1, http_2 };
  enum class ConnectionUse : std::uint8_t { keep_alive, once };
  enum class Lookup : std::uint8_t { once, connection };
  enum class Cookies : std::uint8_t { none, caller };

  std::string method = "POST";
  Protocol protocol = Protocol::http_1_1;
  ConnectionUse connection = ConnectionUse::keep_alive;
  std::size_t connections = 4096;  ///< open at once, of all offering threads, at the most
  std::size_t open = 0;            ///< opened before the traffic begins
  Rate open_rate = Rate::per_second(5000);
  std::size_t pipelining = 1;  ///< unanswered requests of one connection (HTTP/2: streams)
  TlsSettings tls;
  Lookup lookup = Lookup::once;
  SourceAddresses source_addresses;
  HttpTimeouts timeouts;
  bool cancel_at_deadline = false;
  /// `caller`: what a server sets with Set-Cookie goes back to it with the same caller's next call.
  Cookies cookies = Cookies::none;
  HttpExpectation expect;
};

/// What a client sends: `[traffic]` headers, body and data, or those of `[path]`.
struct HttpRequestSettings {
  /// Added to every request; values may hold places such as {call.id}.
  std::vector<std::pair<std::string, std::string>> headers;
  /// A text with places, or "@FILE", whose content is one; nothing: the call's payload.
  std::optional<std::string> body;
  /// A CSV file with a heading, for places such as {csv.user}: row = sequence modulo rows.
  std::string data;
};

}  // namespace queuemeter
