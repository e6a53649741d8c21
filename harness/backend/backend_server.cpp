// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_server.hpp"

#include "harness/backend/backend_account.hpp"
#include "harness/backend/keep_alive_server.hpp"
#include "harness/backend/service_fate.hpp"
#include "harness/backend/service_gate.hpp"
#include "harness/backend/sliding_window.hpp"
#include "harness/call/clock.hpp"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <sys/resource.h>
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

void answer(httplib::Response& response, int status, const char* text) {
  response.status = status;
  response.set_content(text, "text/plain");
}

class HttplibBackendServer final : public BackendServer {
 public:
  explicit HttplibBackendServer(BackendServerSettings settings)
      : settings_{std::move(settings)},
        gate_{settings_.model.concurrency, settings_.model.queue},
        started_at_{clock_.now()},
        server_{settings_.connections,
                [this](const httplib::Request& request, httplib::Response& response,
                       KeepAliveServer::Connection& connection) {
                  handle(request, response, connection);
                }} {
    if (settings_.model.rate_limit) {
      quota_.emplace(*settings_.model.rate_limit);
    }
  }
  ~HttplibBackendServer() override { stop(); }

  [[nodiscard]] Result<std::uint16_t> start() {
    auto port = server_.start(settings_.host, settings_.port);
    if (port) {
      port_ = *port;
    }
    return port;
  }

  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }

  void stop() override {
    gate_.stop();
    server_.stop();
  }

 private:
  void handle(const httplib::Request& request, httplib::Response& response,
              KeepAliveServer::Connection& connection) {
    if (request.path == "/stats") {
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
    if (const Duration wait = wait_of_quota(); wait > Duration{0}) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
      response.set_header("Retry-After", std::to_string(seconds));
      answer(response, 429, "more calls than the rate limit lets through\n");
      return;
    }
    const ServiceGate::Grant grant = gate_.enter();
    switch (grant.entry) {
      case ServiceGate::Entry::granted:
        work(grant, fate_of(request), response, connection);
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

  /// Lets a call through the rate limit (0), or says how long to wait for one.
  [[nodiscard]] Duration wait_of_quota() {
    const std::scoped_lock lock{quota_mutex_};
    if (!quota_) {
      return Duration{0};
    }
    const Instant now = clock_.now();
    const Duration wait = quota_->wait(now);
    if (!quota_->admit(now)) {
      ++limited_;
    }
    return wait;
  }

  /// Draws are keyed by what the call brings along; a call of somebody else's has a number of ours.
  [[nodiscard]] ServiceFate fate_of(const httplib::Request& request) {
    auto key = number_in<std::uint64_t>(request, "X-Queuemeter-Draw");
    if (!key) {
      key = number_in<std::uint64_t>(request, "X-Queuemeter-Sequence");
    }
    const auto class_index = number_in<std::uint16_t>(request, "X-Queuemeter-Class").value_or(0);
    return draw_fate(settings_.model, class_index, key ? *key : unnumbered_++);
  }

  void work(const ServiceGate::Grant& grant, const ServiceFate& fate, httplib::Response& response,
            KeepAliveServer::Connection& connection) {
    ServiceGate::Work work;
    work.hung = fate.hangs;
    work.is_error = fate.is_error;
    if (work.hung) {
      gate_.count_hung();
      KeepAliveServer::wait_until_client_has_left(connection.socket);
      connection.closes_after_answer = true;
    } else {
      const bool is_done = settings_.model.work == ServiceModel::Work::burn
                               ? gate_.burn(fate.service)
                               : gate_.work_until(grant.started_at + fate.service);
      if (!is_done) {
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
    {
      const std::scoped_lock lock{quota_mutex_};
      stats.account.limited = limited_;
    }
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
  const Instant started_at_;
  std::mutex quota_mutex_;              // guards quota_ and limited_
  std::optional<SlidingWindow> quota_;  // nothing where the rate is not limited
  std::uint64_t limited_ = 0;
  std::atomic<std::uint64_t> unnumbered_{0};  // calls without a sequence of their own
  std::uint16_t port_ = 0;
  KeepAliveServer server_;  // last: its threads use everything above
};

}  // namespace

Result<std::unique_ptr<BackendServer>> BackendServer::start(BackendServerSettings settings) {
  constexpr std::size_t other_descriptors = 64;
  raise_descriptor_limit(settings.connections + other_descriptors);
  auto server = std::make_unique<HttplibBackendServer>(std::move(settings));
  if (const auto port = server->start(); !port) {
    return Error{port.error().kind, "the backend " + port.error().what};
  }
  return std::unique_ptr<BackendServer>{std::move(server)};
}

}  // namespace queuemeter
