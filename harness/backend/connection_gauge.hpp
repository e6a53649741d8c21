// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace queuemeter {

/// How many connections the clients of one backend have opened. Thread-safe.
class ConnectionGauge {
 public:
  struct Reading {
    std::uint64_t open = 0;    ///< now
    std::uint64_t opened = 0;  ///< since the start
    std::uint64_t failed = 0;  ///< attempts that came to nothing
    std::string why;           ///< of the last of them
  };

  void opened() noexcept { opened_.fetch_add(1, std::memory_order_relaxed); }
  void closed() noexcept { closed_.fetch_add(1, std::memory_order_relaxed); }
  void failed(const std::string& why) {
    const std::scoped_lock lock{mutex_};
    ++failed_;
    why_ = why;
  }
  [[nodiscard]] Reading read() {
    const std::scoped_lock lock{mutex_};
    // What was closed is read first, so that no connection is closed before it was opened.
    const std::uint64_t closed = closed_.load(std::memory_order_acquire);
    const std::uint64_t opened = opened_.load(std::memory_order_acquire);
    return {opened - closed, opened, failed_, why_};
  }

 private:
  std::atomic<std::uint64_t> opened_{0};
  std::atomic<std::uint64_t> closed_{0};
  std::mutex mutex_;  // guards what follows
  std::uint64_t failed_ = 0;
  std::string why_;
};

}  // namespace queuemeter
