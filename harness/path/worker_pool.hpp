// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/measure/roles.hpp"
#include "harness/path/worker.hpp"
#include "harness/queue/queue.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace queuemeter {

/// Drives blocking workers with a thread each: they take, call and wait, as php workers do.
///
/// Constructed, started and stopped by one thread.
class WorkerPool {
 public:
  struct Parts {
    const Clock& clock;
    Queue* queue;  ///< may be null when there are no workers
    Backend& backend;
    RoleRegistry& roles;
  };

  /// The workers must outlive the pool.
  WorkerPool(Parts parts, std::vector<std::unique_ptr<Worker>>& workers)
      : parts_{parts}, workers_{workers} {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Stops.
  ~WorkerPool() { stop(); }

  void start();
  /// Ends all threads; calls still in their hands are handed back as unfinished. Idempotent.
  void stop();

 private:
  void work(Worker& worker);

  Parts parts_;
  std::vector<std::unique_ptr<Worker>>& workers_;
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace queuemeter
