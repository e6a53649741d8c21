// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <thread>

namespace queuemeter {

/// A lock for a moment of computing, which few threads want at once: one atomic exchange, where a
/// mutex has one on each side. Who finds it taken lets others run until it is free.
/// Not for anything that waits or allocates much while it holds it.
class SpinLock {
 public:
  void lock() noexcept {
    while (taken_.exchange(true, std::memory_order_acquire)) {
      while (taken_.load(std::memory_order_relaxed)) {
        std::this_thread::yield();
      }
    }
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace queuemeter
