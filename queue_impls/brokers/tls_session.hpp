// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "queue_impls/brokers/resp.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace queuemeter::queues {

/// One side of a TLS connection, without a socket: what comes from the network goes in, what must
/// be sent comes out. One thread.
class TlsSession {
 public:
  enum class Status : std::uint8_t { wants_more, established, failed };

  TlsSession() = default;
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  virtual ~TlsSession() = default;

  /// Goes on with the handshake as far as the received bytes allow.
  virtual Status handshake() = 0;
  /// Takes bytes from the network.
  virtual void received(std::span<const char> encrypted) = 0;
  /// Decrypts into `plain`; how many bytes, 0 when there are no more.
  virtual std::size_t read(std::span<char> plain) = 0;
  /// Encrypts; false when the session has failed.
  virtual bool write(std::string_view plain) = 0;
  /// Moves what must be sent to the end of `out`.
  virtual void take_unsent(ByteBuffer& out) = 0;
  /// What went wrong, for people: "certificate verify failed".
  [[nodiscard]] virtual const std::string& failure() const noexcept = 0;
};

/// What the TLS connections to one server share: whom we trust. Thread-safe once made.
class TlsContext {
 public:
  TlsContext() = default;
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  virtual ~TlsContext() = default;
  /// A session with `host`, whose certificate must be in that name.
  [[nodiscard]] virtual std::unique_ptr<TlsSession> begin(const std::string& host) = 0;
};

/// Trusts the authorities in `ca_file` (empty: the system's); `insecure`: anybody. An error when
/// the file cannot be read, or when TLS is not built here.
[[nodiscard]] Result<std::unique_ptr<TlsContext>> make_tls_context(const std::string& ca_file,
                                                                   bool insecure);

}  // namespace queuemeter::queues
