// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/blocking_caller.hpp"

#include "harness/call/clock.hpp"
#include "harness/call/distribution.hpp"
#include "harness/net/http_response_parser.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <netinet/in.h>
#include <numeric>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace queuemeter {

BlockingCaller::BlockingCaller(std::uint16_t port)
    : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{10, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close();
  }
}

BlockingCaller::BlockingCaller(BlockingCaller&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)} {}

BlockingCaller::~BlockingCaller() { close(); }

void BlockingCaller::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string BlockingCaller::receive() {
  HttpResponseParser parser;
  std::string response;
  while (!parser.complete()) {
    char bytes[4096];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      return {};
    }
    response.append(bytes, static_cast<std::size_t>(got));
    static_cast<void>(parser.feed({bytes, static_cast<std::size_t>(got)}));
    if (parser.failed()) {
      return {};
    }
  }
  return response;
}

std::string BlockingCaller::get(std::string_view path, std::string_view headers) {
  std::string request{"GET "};
  request.append(path).append(" HTTP/1.1\r\nHost: test\r\n").append(headers).append("\r\n");
  send(request);
  return receive();
}

void BlockingCaller::close() {
  if (socket_ >= 0) {
    ::close(std::exchange(socket_, -1));
  }
}

int status_of(std::string_view response) {
  return response.size() > 12 ? std::atoi(std::string{response.substr(9, 3)}.c_str()) : 0;
}

BackendStats stats_of(std::uint16_t port) {
  BlockingCaller caller{port};
  const std::string response = caller.get("/stats");
  const std::size_t head = response.find("\r\n\r\n");
  return parse_backend_stats(head == std::string::npos ? "" : response.substr(head + 4)).value();
}

BackendStats wait_for(std::uint16_t port, const std::function<bool(const BackendStats&)>& is_true) {
  const MonotonicClock clock;
  const Instant gives_up_at = clock.now() + std::chrono::seconds{5};
  BackendStats stats = stats_of(port);
  while (!is_true(stats) && clock.now() < gives_up_at) {
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    stats = stats_of(port);
  }
  return stats;
}

Duration CallerReport::percentile(double fraction) const {
  const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(latencies.size()));
  return latencies.empty() ? Duration{0} : latencies[std::min(rank, latencies.size() - 1)];
}

std::size_t CallerReport::total() const {
  return std::accumulate(served.begin(), served.end(), std::size_t{0});
}

CallerReport call_from_many(std::uint16_t port, std::size_t connections, Duration span,
                            Duration think) {
  CallerReport report;
  report.served.resize(connections);
  std::mutex mutex;  // guards report.latencies
  std::vector<std::jthread> threads;
  const MonotonicClock clock;
  const Instant end = clock.now() + span;
  for (std::size_t number = 0; number < connections; ++number) {
    threads.emplace_back([&, number] {
      const Distribution pause = Distribution::exponential(think);
      const KeyedDraws draws{number, DrawUse::think};
      std::vector<Duration> latencies;
      BlockingCaller caller{port};
      for (std::uint64_t call = 0; clock.now() < end; ++call) {
        if (think > Duration{0}) {
          std::this_thread::sleep_for(pause.sample(draws.uniform(call)));
        }
        const Instant begun_at = clock.now();
        const std::string response = caller.get("/call");
        const Instant ended_at = clock.now();
        if (status_of(response) == 200 && ended_at <= end) {
          latencies.push_back(ended_at - begun_at);
        }
      }
      report.served[number] = latencies.size();
      const std::scoped_lock lock{mutex};
      report.latencies.insert(report.latencies.end(), latencies.begin(), latencies.end());
    });
  }
  threads.clear();
  std::sort(report.latencies.begin(), report.latencies.end());
  return report;
}

}  // namespace queuemeter
