// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/http_backend.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// One HTTP client with its event loop, driven by the test's thread.
class ClientDriver final : private ReplySink {
 public:
  struct Settled {
    std::uint64_t sequence = 0;
    Reply reply;
  };

  explicit ClientDriver(HttpBackendSettings settings, const CallPlaces* places = nullptr);
  ~ClientDriver() override;

  /// Begins the next call: sequence 0, 1, 2, …
  CallHandle begin(std::uint32_t payload_bytes = 0);
  void abandon(CallHandle call);
  /// Turns the loop until `is_done`; false after 10 s.
  [[nodiscard]] bool run_until(const std::function<bool()>& is_done);
  /// Turns the loop until that many calls are settled.
  [[nodiscard]] bool run_until_settled(std::size_t calls);
  /// Turns the loop for this long.
  void run_for(Duration span);
  /// The reply to a call begun now.
  [[nodiscard]] Reply call(std::uint32_t payload_bytes = 0);

  [[nodiscard]] std::size_t in_flight() const;
  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] Instant now() const { return clock_.now(); }
  /// Ends the client before the loop, as an engine does.
  void destroy_client();

  /// Of the calls begun from now on; without one it is the sequence, as in an open loop.
  std::optional<std::uint64_t> draw_key;
  /// Of the calls begun from now on.
  Instant deadline = never;
  std::uint32_t caller = 0;
  std::vector<Settled> settled;
  std::function<void(CallHandle, const Reply&)> then;

 private:
  void replied(CallHandle call, const Reply& reply) override;
  void turn();

  struct Loop;
  MonotonicClock clock_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<BackendClient> client_;
  std::deque<CallRecord> records_;
};

}  // namespace queuemeter
