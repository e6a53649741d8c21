// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_server.hpp"

#include "harness/backend/backend_account.hpp"
#include "harness/backend/keep_alive_server.hpp"
#include "harness/backend/service_gate.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/draw.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <utility>

namespace queuemeter {
namespace {

/// The soft limit of descriptors is 1,024 on most systems, which is no limit of php-fpm's.
void raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/// A header that holds a number; nothing when it is absent or something else.
template <class Number>
std::optional<Number> number_in(const httplib::Request& request, const char* header) {
  const std::string text = request.get_header_value(header);
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (text.empty() || failure != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return number;
}

/// Reads the body of the request, so that the next request on this connection starts where it
/// does; false when its length is not known.
bool read_body(const httplib::Request& request, httplib::Stream& stream) {
  if (request.has_header("Transfer-Encoding")) {
    return false;
  }
  if (!request.has_header("Content-Length")) {
    return true;
  }
  auto left = number_in<std::uint64_t>(request, "Content-Length");
  std::array<char, 4096> discarded{};
  while (left && *left > 0) {
    const ssize_t got = stream.read(discarded.data(), std::min<std::uint64_t>(*left, 4096));
    if (got <= 0) {
      return false;
    }
    *left -= static_cast<std::uint64_t>(got);
  }
  return left.has_value();
}

void answer(httplib::Response& response, int status, const char* text) {
  response.status = status;
  response.set_content(text, "text/plain");
}

class HttplibBackendServer final : public BackendServer {
 public:
  explicit HttplibBackendServer(BackendServerSettings settings)
      : settings_{std::move(settings)},
        gate_{settings_.pool, settings_.queue},
        server_{settings_.connections},
        started_at_{clock_.now()} {
    // Before the library's own routing, which matches regular expressions by recursion: a long
    // path would not fit into a small stack.
    server_.set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          handle(request, response);
          return httplib::Server::HandlerResponse::Handled;
        });
  }
  ~HttplibBackendServer() override { stop(); }

  [[nodiscard]] std::optional<Error> start() {
    port_ = server_.bind(settings_.host, settings_.port);
    if (port_ < 0) {
      return Error::unavailable(
          fmt::format("the backend cannot listen on {}:{} ({}); choose a free port and an address "
                      "of this host, or port 0 for any",
                      settings_.host, settings_.port, std::strerror(errno)));
    }
    accepting_ = std::thread{[this] { server_.listen_after_bind(); }};
    // `stop` has no effect on a server that does not run yet.
    while (!server_.is_running()) {
      std::this_thread::yield();
    }
    return std::nullopt;
  }

  [[nodiscard]] std::uint16_t port() const noexcept override {
    return static_cast<std::uint16_t>(port_);
  }

  void stop() override {
    const std::scoped_lock lock{stopping_};
    if (!accepting_.joinable()) {
      return;
    }
    gate_.stop();
    server_.stop();
    accepting_.join();
    server_.shut_connections();
  }

 private:
  void handle(const httplib::Request& request, httplib::Response& response) {
    KeepAliveServer::Connection& connection = KeepAliveServer::current_connection();
    if (!read_body(request, *connection.stream)) {
      connection.closes_after_answer = true;
      answer(response, 411, "this server wants a Content-Length\n");
    } else if (request.path == "/stats") {
      response.set_content(to_json(stats()), "application/json");
    } else if (request.path == "/healthz") {
      answer(response, 200, "ok\n");
    } else {
      serve(request, response, connection);
    }
  }

  /// One call of the interface.
  void serve(const httplib::Request& request, httplib::Response& response,
             KeepAliveServer::Connection& connection) {
    const auto numbered = number_in<std::uint64_t>(request, "X-Queuemeter-Sequence");
    const std::uint64_t sequence = numbered ? *numbered : unnumbered_++;
    const auto class_index = number_in<std::uint16_t>(request, "X-Queuemeter-Class").value_or(0);
    const ServiceGate::Grant grant = gate_.enter();
    switch (grant.entry) {
      case ServiceGate::Entry::granted:
        work(grant, sequence, class_index, response, connection);
        break;
      case ServiceGate::Entry::refused:
        response.set_header("Retry-After", "1");
        answer(response, 503, "all slots are busy and the waiting room is full\n");
        break;
      case ServiceGate::Entry::stopped:
        connection.closes_after_answer = true;
        answer(response, 503, "this server is stopping\n");
        break;
    }
  }

  void work(const ServiceGate::Grant& grant, std::uint64_t sequence, std::uint16_t class_index,
            httplib::Response& response, KeepAliveServer::Connection& connection) {
    const auto happens = [&](double rate, DrawUse use) {
      return rate > 0.0 &&
             KeyedDraws{settings_.seed, use, class_index}.uniform(sequence).first < rate;
    };
    ServiceGate::Work work;
    work.hung = happens(settings_.hang_rate, DrawUse::backend_hang);
    work.is_error = happens(settings_.error_rate, DrawUse::backend_error);
    if (work.hung) {
      gate_.count_hung();
      KeepAliveServer::wait_until_client_has_left(connection.socket);
      connection.closes_after_answer = true;
    } else {
      const Duration service_time = settings_.service_time.sample(
          KeyedDraws{settings_.seed, DrawUse::service, class_index}.uniform(sequence));
      if (!gate_.work_until(grant.started_at + service_time)) {
        connection.closes_after_answer = true;
        answer(response, 503, "this server is stopping\n");
        return;
      }
      work.is_wasted = KeepAliveServer::client_has_left(connection.socket);
    }
    gate_.leave(grant, work, clock_.now());
    answer(response, work.is_error ? 500 : 200, work.is_error ? "an error on purpose\n" : "ok\n");
  }

  [[nodiscard]] BackendStats stats() {
    const Instant now = clock_.now();
    const ServiceGate::Numbers numbers = gate_.numbers(now);
    const KeepAliveServer::Counts connections = server_.counts();
    BackendStats stats;
    stats.account = numbers.account;
    stats.connections = connections.open;
    stats.connections_refused = connections.refused;
    stats.gate_waiting = numbers.waiting;
    stats.gate_peak = numbers.peak_waiting;
    stats.uptime_seconds = to_seconds(now - started_at_);
    return stats;
  }

  const BackendServerSettings settings_;
  const MonotonicClock clock_;
  ServiceGate gate_;
  KeepAliveServer server_;
  const Instant started_at_;
  std::atomic<std::uint64_t> unnumbered_{0};  // calls without a sequence of their own
  int port_ = -1;
  std::mutex stopping_;  // guards `accepting_` after `start`
  std::thread accepting_;
};

}  // namespace

Result<std::unique_ptr<BackendServer>> BackendServer::start(BackendServerSettings settings) {
  constexpr std::size_t other_descriptors = 64;
  raise_descriptor_limit(settings.connections + other_descriptors);
  auto server = std::make_unique<HttplibBackendServer>(std::move(settings));
  if (auto error = server->start()) {
    return *error;
  }
  return std::unique_ptr<BackendServer>{std::move(server)};
}

}  // namespace queuemeter
