// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_account.hpp"
#include "harness/call/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// One blocking keep-alive connection to a server on the loopback address: the plainest client
/// there is, so that what it sees is the server's doing.
class BlockingCaller {
 public:
  explicit BlockingCaller(std::uint16_t port);
  BlockingCaller(BlockingCaller&& other) noexcept;
  BlockingCaller& operator=(BlockingCaller&&) = delete;
  ~BlockingCaller();

  [[nodiscard]] bool is_connected() const noexcept { return socket_ >= 0; }
  void send(std::string_view bytes);
  /// Head and body of the next response; empty when the server closed or 10 s went by.
  [[nodiscard]] std::string receive();
  /// Sends a GET of this path with these header lines and receives the response.
  [[nodiscard]] std::string get(std::string_view path, std::string_view headers = {});
  void close();

 private:
  int socket_;
};

/// "200" of "HTTP/1.1 200 OK…"; 0 when it is no response.
[[nodiscard]] int status_of(std::string_view response);

[[nodiscard]] BackendStats stats_of(std::uint16_t port);

/// Looks at /stats until `is_true` of it, for 5 s at the most; the last look is returned.
[[nodiscard]] BackendStats wait_for(std::uint16_t port,
                                    const std::function<bool(const BackendStats&)>& is_true);

/// What many connections saw that called at the same time, each one call after the other.
struct CallerReport {
  std::vector<Duration> latencies;  ///< of all calls, sorted
  std::vector<std::size_t> served;  ///< calls answered 200, of each connection
  [[nodiscard]] Duration percentile(double fraction) const;
  [[nodiscard]] std::size_t total() const;
};

/// Calls for `span` over `connections`, with a thread each, and exponential pauses between the
/// calls of a connection with the mean `think`. Only calls that end within `span` count.
[[nodiscard]] CallerReport call_from_many(std::uint16_t port, std::size_t connections,
                                          Duration span, Duration think);

}  // namespace queuemeter
