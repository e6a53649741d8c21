// SPDX-License-Identifier: Apache-2.0
#include "tests/peers/httplib_peer.hpp"

#include <limits>
#include <stdexcept>
#include <sys/socket.h>

namespace queuemeter::peers {
namespace {

using std::chrono::milliseconds;

void add_headers(httplib::Response& response, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    response.set_header("X-Filler-" + std::to_string(i), std::string(980, 'x'));
  }
}

/// Three pieces of a body of unknown length.
void send_chunks(httplib::Response& response, std::size_t bytes, milliseconds between) {
  response.set_chunked_content_provider(
      "text/plain", [bytes, between, left = 3](std::size_t, httplib::DataSink& sink) mutable {
        const std::string piece(bytes, 'x');
        sink.write(piece.data(), piece.size());
        if (--left == 0) {
          sink.done();
          return true;
        }
        std::this_thread::sleep_for(between);
        return true;
      });
}

}  // namespace

HttplibPeer::HttplibPeer(std::size_t threads, milliseconds service_time)
    : service_time_{service_time} {
  new_task_queue = [threads] { return new httplib::ThreadPool(threads); };  // the library owns it
  set_keep_alive_max_count(std::numeric_limits<std::uint32_t>::max());
  set_tcp_nodelay(true);
  serve_pages();
  port_ = static_cast<std::uint16_t>(bind_to_any_port("127.0.0.1"));
  // The library's line of connections has room for 5; listening again only changes that number.
  if (port_ == 0 || ::listen(svr_sock_, 1024) != 0) {
    throw std::runtime_error{"no port for a server of the test"};
  }
  serving_ = std::thread{[this] { listen_after_bind(); }};
  while (!is_running()) {  // stopping has no effect on a server that does not run yet
    std::this_thread::yield();
  }
}

HttplibPeer::~HttplibPeer() {
  stop();
  serving_.join();
}

std::string HttplibPeer::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string{target};
}

void HttplibPeer::serve_pages() {
  const auto page = [this](const std::string& path, auto answer) {
    const auto handler = [this, answer](const httplib::Request&, httplib::Response& response) {
      std::this_thread::sleep_for(service_time_);
      answer(response);
    };
    Get(path, handler);
    Post(path, handler);
  };
  const auto three = [](httplib::Response& response) { response.set_content("abc", "text/plain"); };
  page("/three", three);
  page("/none", [](httplib::Response& response) { response.status = 204; });
  page("/same", [](httplib::Response& response) { response.status = 304; });
  page("/close", [three](httplib::Response& response) {
    response.set_header("Connection", "close");
    three(response);
  });
  page("/chunked", [](httplib::Response& response) { send_chunks(response, 1'000, {}); });
  page("/slow", [](httplib::Response& response) { send_chunks(response, 300, milliseconds{300}); });
  page("/big", [three](httplib::Response& response) {
    add_headers(response, 12);
    three(response);
  });
  page("/huge", [three](httplib::Response& response) {
    add_headers(response, 40);
    three(response);
  });
}

std::unique_ptr<RunningPeer> start_httplib() { return std::make_unique<HttplibPeer>(8); }

}  // namespace queuemeter::peers
