// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_server.hpp"
#include "harness/backend/event_service.hpp"
#include "harness/call/clock.hpp"
#include "harness/net/handler_memory.hpp"
#include "harness/net/http_server.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace queuemeter {
namespace {

HttpServerSettings http_settings(const BackendServerSettings& settings) {
  HttpServerSettings http;
  http.host = settings.host;
  http.port = settings.port;
  http.connections = settings.connections;
  http.idle_timeout = std::chrono::hours{24};  // whoever tests with us decides how long he stays
  return http;
}

/// The server of the model `event`: one thread with a loop, its sockets and one timer.
class EventBackendServer final : public BackendServer, private EventService::Alarm {
 public:
  EventBackendServer(BackendServerSettings settings, RequestObserver* observer)
      : settings_{std::move(settings)}, service_{settings_, clock_, *this, observer} {}
  // NOLINTNEXTLINE(bugprone-exception-escape): without memory for one handler nothing ends well
  ~EventBackendServer() override { stop(); }

  [[nodiscard]] Result<void> start() {
    auto server = HttpServer::start(loop_, clock_, http_settings(settings_), service_);
    if (server.has_error()) {
      return server.error();
    }
    server_ = std::move(*server);
    service_.set_server(server_.get());
    port_ = server_->port();
    thread_ = std::thread{[this] { loop_.run(); }};
    return {};
  }

  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }

  void stop() override {
    const std::scoped_lock lock{stopping_};
    if (thread_.joinable()) {
      boost::asio::post(loop_, [this] {
        server_.reset();
        loop_.stop();
      });
      thread_.join();
    }
  }

 private:
  /// An earlier alarm that is already set does too: it costs one look in vain.
  void set_for(Instant at) override {
    if (at >= armed_for_) {
      return;
    }
    armed_for_ = at;
    timer_.expires_at(std::chrono::steady_clock::time_point{at.time_since_epoch()});
    timer_.async_wait(boost::asio::bind_allocator(timer_memory_.allocator(),
                                                  [this](const boost::system::error_code& moved) {
                                                    if (!moved) {
                                                      armed_for_ = never;
                                                      service_.advance(clock_.now());
                                                    }
                                                  }));
  }

  const BackendServerSettings settings_;
  const MonotonicClock clock_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      loop_.get_executor()};
  HandlerMemory timer_memory_;
  boost::asio::steady_timer timer_{loop_};
  Instant armed_for_ = never;
  EventService service_;
  std::unique_ptr<HttpServer> server_;  // of the loop's thread once that runs
  std::uint16_t port_ = 0;
  std::mutex stopping_;  // guards thread_
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<BackendServer>> start_event_server(BackendServerSettings settings,
                                                          RequestObserver* observer) {
  auto server = std::make_unique<EventBackendServer>(std::move(settings), observer);
  if (const auto started = server->start(); started.has_error()) {
    return started.error();
  }
  return std::unique_ptr<BackendServer>{std::move(server)};
}

}  // namespace queuemeter
