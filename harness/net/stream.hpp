// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/net/socket_address.hpp"
#include "harness/net/socket_poll.hpp"
#include "harness/net/tls_client.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace queuemeter {

/// A connection that carries bytes both ways: TCP or a Unix socket, with or without TLS.
///
/// What comes is handed over as it comes, also while nobody waits for anything, so that a peer that
/// closes is noticed before the next request is risked on it. What goes out is sent at once; only
/// what the socket does not take waits until it does. May be connected anew after `close`.
/// One thread, the one that drives `poll`.
class Stream final : private Pollable {
 public:
  /// Hears of the connection's life while the poll is driven; never after `close`.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    /// The peer is reached, and TLS is being agreed on; not told without TLS.
    virtual void shaking_hands() {}
    /// Bytes may be sent.
    virtual void connected() = 0;
    /// There is no connection, and why; the stream is closed.
    virtual void not_connected(const std::string& why) = 0;
    /// `bytes` are valid during the call.
    virtual void received(std::string_view bytes) = 0;
    /// The peer closed (`orderly`) or the connection broke; the stream is closed.
    virtual void ended(bool orderly) = 0;

   protected:
    ~Owner() = default;
  };

  /// Without `tls` bytes go as they are. All of it must outlive the stream.
  Stream(SocketPoll& poll, Owner& owner, TlsClient* tls) noexcept
      : poll_{poll}, owner_{owner}, tls_{tls} {}
  ~Stream() { close(); }

  /// Ends in `connected` or `not_connected`, never during the call. `from` may be null.
  void connect(const SocketAddress& to, const SocketAddress* from);
  /// Sends on a connected stream; a failure ends in `ended`, never during the call, after what the
  /// peer may have said before it closed.
  void send(std::string_view bytes);
  /// Closes at once, and is silent from then on.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return state_ != State::closed; }
  /// Some of what was sent still waits for the socket.
  [[nodiscard]] bool is_sending() const noexcept { return sent_ < unsent_.size(); }
  /// Of a connected stream with TLS: both sides speak HTTP/2.
  [[nodiscard]] bool agreed_on_http2() const noexcept {
    return session_ != nullptr && session_->agreed_on_http2();
  }

 private:
  enum class State : std::uint8_t { closed, failing, connecting, shaking_hands, open };

  void ready(std::uint32_t events) override;
  void on_connect(std::uint32_t events);
  void shake_hands();
  void open(bool has_input);
  void fail(const std::string& why);
  void read_all(bool until_end);
  [[nodiscard]] TlsSession::Moved receive(std::span<char> into) noexcept;
  [[nodiscard]] TlsSession::Moved put(std::string_view bytes) noexcept;
  void send_rest();
  void break_off() noexcept;

  SocketPoll& poll_;
  Owner& owner_;
  TlsClient* tls_;
  std::unique_ptr<TlsSession> session_;  // with TLS, while connected
  std::string unsent_;                   // what the socket did not take at once
  std::size_t sent_ = 0;
  int socket_ = -1;
  int failure_ = 0;         // of a connect that failed at once
  std::uint32_t life_ = 0;  // counts connections, so that a loop notices when its own is over
  State state_ = State::closed;
};

}  // namespace queuemeter
