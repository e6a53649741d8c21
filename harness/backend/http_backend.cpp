// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_backend.hpp"

#include "harness/backend/backend_account.hpp"
#include "harness/backend/http_client.hpp"
#include "harness/call/clock.hpp"
#include "harness/net/http_url.hpp"
#include "harness/net/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

using Protocol = HttpClientSettings::Protocol;
using ConnectionUse = HttpClientSettings::ConnectionUse;

std::optional<Error> refusal_of(const HttpClientSettings& client) {
  if (client.connections == 0) {
    return Error::usage("the backend is allowed 0 connections; allow at least 1");
  }
  const HttpTimeouts& timeouts = client.timeouts;
  for (const Duration timeout :
       {timeouts.connect, timeouts.tls, timeouts.first_byte.value_or(Duration::max()),
        timeouts.whole.value_or(Duration::max())}) {
    if (timeout <= Duration{0}) {
      return Error::usage("a timeout of the backend is 0 or negative; write one above 0");
    }
  }
  if (client.protocol == Protocol::http_2 && !has_http2()) {
    return Error::usage(
        "HTTP/2 is not built here; install libnghttp2-dev and build again, or use http = \"1.1\"");
  }
  if (client.lookup != HttpClientSettings::Lookup::once) {
    return Error::usage("dns: a look-up for each connection is not built yet; use dns = \"once\"");
  }
  return std::nullopt;
}

/// What is kept of an answer: for the sink, and for what is expected of it.
KeptParts kept_parts(const HttpBackendSettings& settings) {
  KeptParts parts = settings.kept;
  parts.cookies = settings.client.cookies == HttpClientSettings::Cookies::caller;
  if (settings.client.expect.looks_at_body()) {
    parts.body_bytes = std::max(parts.body_bytes, AnswerCheck::longest_body);
  }
  return parts;
}

HttpChannelRules channel_rules(const HttpBackendSettings& settings, bool is_head, TlsClient* tls) {
  return {.depth = settings.client.pipelining,
          .answers_have_no_body = is_head,
          .closes_after_answer = settings.client.connection == ConnectionUse::once,
          .kept = kept_parts(settings),
          .tls = tls};
}

/// Null where the URL does not want any.
Result<std::unique_ptr<TlsClient>> tls_for(const HttpUrl& url, const HttpClientSettings& client) {
  if (!url.is_secure) {
    return std::unique_ptr<TlsClient>{};
  }
  return make_tls_client(
      client.tls, url.host,
      client.protocol == Protocol::http_2 ? TlsProtocol::http_2 : TlsProtocol::http_1_1);
}

class HttpBackend final : public Backend {
 public:
  HttpBackend(HttpUrl url, HttpDestination&& parts, std::vector<SocketAddress> addresses)
      : url_{std::move(url)},
        destination_{std::move(parts.settings), std::move(parts.requests), std::move(parts.tls)} {
    const HttpClientSettings& client = destination_.settings.client;
    destination_.target = {
        .addresses = std::move(addresses),
        .rules = channel_rules(destination_.settings, destination_.requests.is_head(),
                               destination_.tls.get()),
        .protocol = client.protocol,
        .from = client.source_addresses,
        .limit = client.connections};
  }

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& clock, ReplySink& sink,
                                                           boost::asio::io_context* loop) override {
    assert(loop != nullptr && "an HTTP client needs an event loop");
    return std::make_unique<HttpClient>(destination_, clock, sink, SocketPoll::of(*loop));
  }

  [[nodiscard]] std::optional<BackendAccount> account() override {
    return destination_.settings.has_account ? fetch_backend_account(url_) : std::nullopt;
  }

  [[nodiscard]] std::optional<ConnectionTotals> connection_totals() const override {
    return destination_.connections.sum();
  }

  [[nodiscard]] std::optional<ConnectionGauge::Reading> open_connections() override {
    return destination_.gauge.read();
  }

 private:
  const HttpUrl url_;
  HttpDestination destination_;
};

/// Connects once, on a poll of its own, and notes how that went.
class Knock final : private Stream::Owner {
 public:
  explicit Knock(TlsClient* tls) : stream_{poll_, *this, tls} {}

  /// Nothing when the connection was made, else why not.
  [[nodiscard]] std::optional<std::string> at(const SocketAddress& address, Duration patience) {
    const MonotonicClock clock;
    const Instant gives_up_at = clock.now() + patience;
    outcome_.reset();
    is_over_ = false;
    stream_.connect(address, nullptr);
    for (Instant now = clock.now(); !is_over_ && now < gives_up_at; now = clock.now()) {
      poll_.wait(gives_up_at - now);
    }
    stream_.close();
    return is_over_ ? outcome_ : std::optional<std::string>{"no answer in time"};
  }

 private:
  void connected() override { is_over_ = true; }
  void not_connected(const std::string& why) override {
    is_over_ = true;
    outcome_ = why;
  }
  void received(std::string_view /*bytes*/) override {}
  void ended(bool /*orderly*/) override {}

  SocketPoll poll_;
  std::optional<std::string> outcome_;
  bool is_over_ = false;
  Stream stream_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_http_backend(HttpBackendSettings settings,
                                                   const CallPlaces* places) {
  auto url = parse_http_url(settings.url);
  if (!url) {
    return url.error();
  }
  if (std::optional<Error> error = refusal_of(settings.client)) {
    return *error;
  }
  auto requests = CallRequests::make(settings, *url, places);
  if (!requests) {
    return requests.error();
  }
  auto tls = tls_for(*url, settings.client);
  if (!tls) {
    return tls.error();
  }
  auto addresses = addresses_of(*url);
  if (!addresses) {
    return addresses.error();
  }
  return std::make_unique<HttpBackend>(
      std::move(*url), HttpDestination{std::move(settings), *std::move(requests), *std::move(tls)},
      *std::move(addresses));
}

Result<void> reach_http_backend(const HttpBackendSettings& settings) {
  const auto url = parse_http_url(settings.url);
  if (!url) {
    return url.error();
  }
  const auto tls = tls_for(*url, settings.client);
  if (!tls) {
    return tls.error();
  }
  const auto addresses = addresses_of(*url);
  if (!addresses) {
    return addresses.error();
  }
  const HttpTimeouts& timeouts = settings.client.timeouts;
  const Duration patience = std::min<Duration>(
      timeouts.connect + (*tls == nullptr ? Duration{0} : timeouts.tls), std::chrono::hours{1});
  std::optional<std::string> failure;
  Knock knock{tls->get()};
  for (const SocketAddress& address : *addresses) {
    failure = knock.at(address, patience);
    if (!failure) {
      return {};
    }
  }
  return Error::unavailable(
      fmt::format("the backend at {} cannot be reached ({}); start it or correct its address",
                  url->socket_path.empty() ? url->authority : url->socket_path, *failure));
}

}  // namespace queuemeter
