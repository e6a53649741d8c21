// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/http_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace queuemeter {

/// The client's side of TLS on one connected, non-blocking socket. One thread.
class TlsSession {
 public:
  enum class Status : std::uint8_t {
    done,     ///< so many bytes were moved
    blocked,  ///< nothing more before the socket is ready again
    ended,    ///< the peer has closed in order
    failed    ///< see `failure`
  };
  struct Moved {
    Status status = Status::done;
    std::size_t bytes = 0;
  };

  TlsSession() = default;
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  virtual ~TlsSession() = default;

  /// Goes on with the handshake; `done` when it is over and the certificate was accepted.
  [[nodiscard]] virtual Status handshake() = 0;
  [[nodiscard]] virtual Moved read(std::span<char> into) = 0;
  [[nodiscard]] virtual Moved write(std::string_view bytes) = 0;
  /// What went wrong, for people: "self-signed certificate".
  [[nodiscard]] virtual const std::string& failure() const noexcept = 0;
  /// The peer chose "h2" (RFC 9113, section 3.2).
  [[nodiscard]] virtual bool agreed_on_http2() const noexcept = 0;
};

/// What the connections to one server share: whom we trust, and under which name we look for it.
/// Thread-safe.
class TlsClient {
 public:
  TlsClient() = default;
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  virtual ~TlsClient() = default;
  [[nodiscard]] virtual std::unique_ptr<TlsSession> begin(int socket) = 0;
};

/// What a client offers by ALPN.
enum class TlsProtocol : std::uint8_t { http_1_1, http_2 };

/// `host` is that of the URL. Errors: the authorities cannot be read, or TLS is not built here.
[[nodiscard]] Result<std::unique_ptr<TlsClient>> make_tls_client(const TlsSettings& settings,
                                                                 const std::string& host,
                                                                 TlsProtocol protocol);

/// Whether TLS is built here.
[[nodiscard]] bool has_tls() noexcept;

}  // namespace queuemeter
