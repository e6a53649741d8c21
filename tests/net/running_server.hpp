// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/net/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace queuemeter {

/// An `HttpServer` on a thread of its own, whose handler is a function of a test.
class RunningServer final : private HttpServer::Handler {
 public:
  using Answer = std::function<void(const HttpRequest&, HttpReply)>;

  explicit RunningServer(Answer answer, HttpServerSettings settings = {})
      : answer_{std::move(answer)},
        server_{std::move(HttpServer::start(loop_, clock_, std::move(settings), *this)).value()},
        thread_{[this] {
          const auto work = boost::asio::make_work_guard(loop_);
          loop_.run();
        }} {}
  ~RunningServer() {
    on_loop([this] {
      held.clear();
      server_.reset();
    });
    loop_.stop();
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] HttpServerCounts counts() {
    HttpServerCounts counts;
    on_loop([&] { counts = server_->counts(); });
    return counts;
  }
  void drain() {
    on_loop([this] { server_->drain(); });
  }
  /// Runs `what` on the server's thread and waits for its end.
  void on_loop(const std::function<void()>& what) {
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }
  /// Wait until `holds`, asked on the server's thread; false after 10 s.
  [[nodiscard]] bool wait_until(const std::function<bool()>& holds) {
    for (int round = 0; round < 2000; ++round) {
      bool is_so = false;
      on_loop([&] { is_so = holds(); });
      if (is_so) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return false;
  }

  [[nodiscard]] bool wait_for(const std::function<bool(const HttpServerCounts&)>& holds) {
    return wait_until([&] { return holds(server_->counts()); });
  }

  std::vector<HttpReply> held;  ///< of the loop's thread

 private:
  void requested(const HttpRequest& request, HttpReply reply) override {
    answer_(request, std::move(reply));
  }

  MonotonicClock clock_;
  boost::asio::io_context loop_{1};
  Answer answer_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

}  // namespace queuemeter
