// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/net/kept_answer.hpp"
#include "harness/net/socket_address.hpp"
#include "harness/net/socket_poll.hpp"
#include "harness/net/tls_client.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter {

/// Names a request and its answer; the owner of a channel chooses it.
using ExchangeNumber = std::uint32_t;

/// A request as HTTP/2 wants it: pseudo-headers first, names in lower case.
struct Http2Request {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content;
  bool has_content = false;
};

/// Gives a request in the form that a channel speaks. What it returns is valid until it is asked
/// again.
class RequestForms {
 public:
  RequestForms() = default;
  RequestForms(const RequestForms&) = delete;
  RequestForms& operator=(const RequestForms&) = delete;
  [[nodiscard]] virtual std::string_view as_http1() = 0;
  [[nodiscard]] virtual const Http2Request& as_http2() = 0;

 protected:
  ~RequestForms() = default;
};

/// The answer to one request. Valid during `HttpChannel::Owner::answered`.
struct HttpAnswer {
  unsigned status = 0;
  KeptAnswer* kept = nullptr;  ///< null where nothing is kept; its content may be taken away
};

/// What all channels of one client have in common.
struct HttpChannelRules {
  std::size_t depth = 1;              ///< requests under way at once, at the most
  bool answers_have_no_body = false;  ///< all of them answer HEAD
  bool closes_after_answer = false;
  KeptParts kept;
  TlsClient* tls = nullptr;  ///< null: none
};

/// One connection of an HTTP client and the requests under way on it. One thread.
class HttpChannel {
 public:
  /// Why an exchange did not end with an answer.
  enum class Failure : std::uint8_t { disconnected, not_http };

  /// Hears of the channel's life while its poll is driven; never after `close`, and never during a
  /// call of the channel.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    /// The socket is connected; TLS is being agreed on.
    virtual void shaking_hands(HttpChannel& channel) = 0;
    virtual void opened(HttpChannel& channel) = 0;
    /// It could not be opened, and why. It may be opened again, to another address.
    virtual void not_opened(HttpChannel& channel, const std::string& why) = 0;
    /// The first byte of an answer has come.
    virtual void answering(HttpChannel& channel, ExchangeNumber exchange) = 0;
    virtual void answered(HttpChannel& channel, ExchangeNumber exchange,
                          const HttpAnswer& answer) = 0;
    virtual void failed(HttpChannel& channel, ExchangeNumber exchange, Failure failure) = 0;
    /// The channel is closed, and every exchange has been told of. It may be opened again.
    virtual void ended(HttpChannel& channel) = 0;

   protected:
    ~Owner() = default;
  };

  HttpChannel() = default;
  HttpChannel(const HttpChannel&) = delete;
  HttpChannel& operator=(const HttpChannel&) = delete;
  virtual ~HttpChannel() = default;

  /// Ends in `opened` or `not_opened`. `from` may be null.
  virtual void open(const SocketAddress& to, const SocketAddress* from) = 0;
  /// Sends a request on an open channel with room.
  virtual void begin(ExchangeNumber exchange, RequestForms& request) = 0;
  /// Nothing more is told of this exchange. HTTP/1.1 closes the connection, and with it fails the
  /// exchanges behind; HTTP/2 resets the stream.
  virtual void cancel(ExchangeNumber exchange) = 0;
  /// Closes at once, and is silent from then on.
  virtual void close() noexcept = 0;
  [[nodiscard]] virtual std::size_t under_way() const noexcept = 0;
  /// How many more requests it takes now; 0 of one that is not open.
  [[nodiscard]] virtual std::size_t room() const noexcept = 0;

  std::uint32_t place = 0;  ///< the owner's own number for it
};

/// Channels not yet open. All of it must outlive them.
[[nodiscard]] std::unique_ptr<HttpChannel> make_http1_channel(SocketPoll& poll,
                                                              HttpChannel::Owner& owner,
                                                              const HttpChannelRules& rules);
/// Over TLS the server must choose HTTP/2 by ALPN; without, it is known to speak it.
[[nodiscard]] std::unique_ptr<HttpChannel> make_http2_channel(SocketPoll& poll,
                                                              HttpChannel::Owner& owner,
                                                              const HttpChannelRules& rules);

/// Whether HTTP/2 is built here.
[[nodiscard]] bool has_http2() noexcept;

}  // namespace queuemeter
