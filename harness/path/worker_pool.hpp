// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/measure/roles.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/worker.hpp"
#include "harness/queue/queue.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace queuemeter {

/// N blocking workers, a thread each: they take, call and wait, as php workers do.
///
/// Constructed, started and stopped by one thread; `busy_time` by any.
class WorkerPool {
 public:
  struct Parts {
    const Clock& clock;
    Queue& queue;
    Backend& backend;
    ReturnSink& returns;
    TakenFront& front;
    RoleRegistry& roles;
    std::size_t producers;  ///< how many offerers feed the queue
  };

  WorkerPool(Parts parts, std::size_t count);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Stops.
  ~WorkerPool();

  void start();
  /// Ends all threads; calls still in their hands are handed back as unfinished. Idempotent.
  void stop();

  [[nodiscard]] std::size_t count() const noexcept { return workers_.size(); }
  /// Sum over all workers of the time spent with a call in hand, up to `now`.
  [[nodiscard]] Duration busy_time(Instant now) const noexcept;

 private:
  void work(Worker& worker);

  Parts parts_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> stopping_{false};
};

}  // namespace queuemeter
