// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_account.hpp"
#include "harness/backend/backend_server.hpp"
#include "harness/backend/keep_alive_server.hpp"
#include "harness/backend/reception.hpp"
#include "harness/backend/service_gate.hpp"
#include "harness/call/clock.hpp"

#include <httplib.h>

#include <string>
#include <utility>

namespace queuemeter {
namespace {

void answer(httplib::Response& response, int status, std::string_view text) {
  response.status = status;
  response.set_content(text.data(), text.size(), "text/plain");
}

class PoolBackendServer final : public BackendServer {
 public:
  explicit PoolBackendServer(BackendServerSettings settings)
      : settings_{std::move(settings)},
        body_{answer_body(settings_.answer_bytes)},
        reception_{settings_.model},
        gate_{settings_.model.concurrency, settings_.model.queue},
        started_at_{clock_.now()},
        server_{settings_.connections,
                [this](const httplib::Request& request, httplib::Response& response,
                       KeepAliveServer::Connection& connection) {
                  handle(request, response, connection);
                }} {}
  ~PoolBackendServer() override { stop(); }

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
    if (const Duration wait = reception_.wait_of_quota(clock_.now()); wait > Duration{0}) {
      response.set_header("Retry-After", retry_after(wait));
      answer(response, 429, limited_text);
      return;
    }
    const ServiceGate::Grant grant = gate_.enter();
    switch (grant.entry) {
      case ServiceGate::Entry::granted:
        work(grant, fate_of(request), response, connection);
        break;
      case ServiceGate::Entry::refused:
        response.set_header("Retry-After", "1");
        answer(response, 503, full_text);
        break;
      case ServiceGate::Entry::stopped:
        connection.closes_after_answer = true;
        answer(response, 503, stopping_text);
        break;
    }
  }

  [[nodiscard]] ServiceFate fate_of(const httplib::Request& request) {
    const std::string sequence = request.get_header_value("X-Queuemeter-Sequence");
    const std::string draw = request.get_header_value("X-Queuemeter-Draw");
    const std::string class_index = request.get_header_value("X-Queuemeter-Class");
    return reception_.fate_of({sequence, draw, class_index});
  }

  void work(const ServiceGate::Grant& grant, const ServiceFate& fate, httplib::Response& response,
            KeepAliveServer::Connection& connection) {
    SlotWork work;
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
        answer(response, 503, stopping_text);
        return;
      }
      work.is_wasted = KeepAliveServer::client_has_left(connection.socket);
    }
    gate_.leave(grant, work, clock_.now());
    answer(response, work.is_error ? 500 : 200, work.is_error ? error_text : body_);
  }

  [[nodiscard]] BackendStats stats() {
    const Instant now = clock_.now();
    const ServiceGate::Numbers numbers = gate_.numbers(now);
    const KeepAliveServer::Counts connections = server_.counts();
    BackendStats stats;
    stats.account = numbers.account;
    stats.account.limited = reception_.limited();
    stats.connections = connections.open;
    stats.connections_refused = connections.refused;
    stats.gate_waiting = numbers.waiting;
    stats.gate_peak = numbers.peak_waiting;
    stats.uptime_seconds = to_seconds(now - started_at_);
    return stats;
  }

  const BackendServerSettings settings_;
  const MonotonicClock clock_;
  const std::string body_;  // of a good answer
  Reception reception_;
  ServiceGate gate_;
  const Instant started_at_;
  std::uint16_t port_ = 0;
  KeepAliveServer server_;  // last: its threads use everything above
};

}  // namespace

Result<std::unique_ptr<BackendServer>> start_pool_server(BackendServerSettings settings) {
  auto server = std::make_unique<PoolBackendServer>(std::move(settings));
  if (const auto port = server->start(); !port) {
    return port.error();
  }
  return std::unique_ptr<BackendServer>{std::move(server)};
}

}  // namespace queuemeter
