// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_backend.hpp"

#include "harness/backend/backend_account.hpp"
#include "harness/backend/call_request.hpp"
#include "harness/backend/http_client.hpp"
#include "harness/net/http_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netdb.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Result<std::vector<SocketAddress>> resolve(const HttpUrl& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
  if (failure != 0) {
    return Error::unavailable(
        fmt::format("the host \"{}\" of the backend cannot be resolved ({}); "
                    "check its name or write its address",
                    url.host, ::gai_strerror(failure)));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list{found};
  std::vector<SocketAddress> endpoints;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress endpoint;
    std::memcpy(&endpoint.storage, entry->ai_addr, entry->ai_addrlen);
    endpoint.bytes = entry->ai_addrlen;
    endpoints.push_back(endpoint);
  }
  return endpoints;
}

/// Closes its descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

/// 0 when a connection could be opened, else the error number.
int try_to_connect(const SocketAddress& address, Duration patience) {
  const Descriptor socket{
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (socket.number() < 0) {
    return errno;
  }
  const auto* const to = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.number(), to, static_cast<socklen_t>(address.bytes)) == 0) {
    return 0;
  }
  if (errno != EINPROGRESS) {
    return errno;
  }
  pollfd waiting{.fd = socket.number(), .events = POLLOUT, .revents = 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(
      std::min<Duration>(patience, std::chrono::hours{1}));
  if (::poll(&waiting, 1, static_cast<int>(milliseconds.count())) <= 0) {
    return ETIMEDOUT;
  }
  int failure = 0;
  socklen_t bytes = sizeof failure;
  ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &failure, &bytes);
  return failure;
}

class HttpBackend final : public Backend {
 public:
  HttpBackend(HttpBackendSettings settings, HttpUrl url, HttpDestination destination)
      : settings_{std::move(settings)},
        url_{std::move(url)},
        destination_{std::move(destination)} {}

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& clock, ReplySink& sink,
                                                           boost::asio::io_context* loop) override {
    assert(loop != nullptr && "an HTTP client needs an event loop");
    return std::make_unique<HttpClient>(settings_, destination_, clock, sink, *loop, connections_);
  }

  [[nodiscard]] std::optional<BackendAccount> account() override {
    return settings_.has_account ? fetch_backend_account(url_) : std::nullopt;
  }

  [[nodiscard]] std::optional<ConnectionTotals> connection_totals() const override {
    return connections_.sum();
  }

 private:
  const HttpBackendSettings settings_;
  const HttpUrl url_;
  const HttpDestination destination_;
  ConnectionLedger connections_;
};

std::optional<Error> refusal_of(const HttpClientSettings& client) {
  if (client.connections == 0) {
    return Error::usage("the backend is allowed 0 connections; allow at least 1");
  }
  using Use = HttpClientSettings;
  if (client.protocol != Use::Protocol::http_1_1 ||
      client.connection != Use::ConnectionUse::keep_alive || client.open > 0 ||
      client.pipelining > 1 || client.lookup != Use::Lookup::once ||
      client.source_addresses.count > 0 || client.cancel_at_deadline ||
      client.cookies != Use::Cookies::none) {
    return Error::usage(
        "backend: of its transport only method, connections, timeouts and expect are built yet; "
        "leave out the others");
  }
  const HttpTimeouts& timeouts = client.timeouts;
  for (const Duration timeout :
       {timeouts.connect, timeouts.tls, timeouts.first_byte.value_or(Duration::max()),
        timeouts.whole.value_or(Duration::max())}) {
    if (timeout <= Duration{0}) {
      return Error::usage("a timeout of the backend is 0 or negative; write one above 0");
    }
  }
  return std::nullopt;
}

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
  auto endpoints = resolve(*url);
  if (!endpoints) {
    return endpoints.error();
  }
  HttpDestination destination{std::move(*endpoints), *std::move(requests)};
  return std::make_unique<HttpBackend>(std::move(settings), std::move(*url),
                                       std::move(destination));
}

Result<void> reach_http_backend(const HttpBackendSettings& settings) {
  const auto url = parse_http_url(settings.url);
  if (!url) {
    return url.error();
  }
  const auto addresses = resolve(*url);
  if (!addresses) {
    return addresses.error();
  }
  int failure = 0;
  for (const SocketAddress& address : *addresses) {
    failure = try_to_connect(address, settings.client.timeouts.connect);
    if (failure == 0) {
      return {};
    }
  }
  return Error::unavailable(
      fmt::format("the backend at {} cannot be reached ({}); start it or correct its address",
                  url->authority, std::generic_category().message(failure)));
}

}  // namespace queuemeter
