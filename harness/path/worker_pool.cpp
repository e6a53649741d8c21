// SPDX-License-Identifier: Apache-2.0
#include "harness/path/worker_pool.hpp"

#include "harness/path/event_loop.hpp"

#include <algorithm>
#include <chrono>

namespace queuemeter {
namespace {

/// How long a worker sleeps without looking whether the run is over. Interrupts end most sleeps at
/// once; this bounds the one that began while an interrupt passed.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};

}  // namespace

void WorkerPool::start() {
  threads_.reserve(workers_.size());
  for (const auto& worker : workers_) {
    threads_.emplace_back([this, &worker] { work(*worker); });
  }
}

void WorkerPool::stop() {
  stopping_.store(true, std::memory_order_release);
  if (parts_.queue != nullptr) {
    parts_.queue->interrupt();
  }
  threads_.clear();  // joins
}

void WorkerPool::work(Worker& worker) {
  const auto enrolment = parts_.roles.enroll("worker");
  EventLoop loop{parts_.clock};
  worker.connect(parts_.backend, &loop.sockets());
  loop.add(worker);
  while (!stopping_.load(std::memory_order_acquire)) {
    loop.poll();  // an idle connection that the backend closed is noticed before it is used
    const Instant now = parts_.clock.now();
    const Instant wake_at = worker.step(now);
    if (worker.busy()) {
      // A reply that is due at once must not send an idle worker to sleep on its sockets.
      loop.turn(std::min(wake_at, now + longest_sleep));
    } else {
      worker.consumer().wait(now + longest_sleep);
    }
  }
  worker.abandon(parts_.clock.now());
  worker.disconnect();
}

}  // namespace queuemeter
