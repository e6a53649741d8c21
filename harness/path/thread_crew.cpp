// SPDX-License-Identifier: Apache-2.0
#include "harness/path/thread_crew.hpp"

#include "harness/path/event_loop.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace queuemeter {
namespace {

/// How long a worker sleeps without looking whether the run is over. Interrupts end most sleeps at
/// once; this bounds the one that began while an interrupt passed.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};
/// The same where replies go through sockets, which an idle worker still has to drive.
constexpr Duration longest_sleep_with_sockets = std::chrono::milliseconds{1};

bool has_sockets(const Queue* replies) noexcept {
  return replies != nullptr && replies->traits().scope == QueueScope::hosts;
}

}  // namespace

ThreadCrew::ThreadCrew(WorkerContext context, std::size_t count)
    : context_{std::move(context)},
      longest_wait_{has_sockets(context_.replies) ? longest_sleep_with_sockets : longest_sleep} {
  workers_.reserve(count);
  for (std::size_t number = 0; number < count; ++number) {
    workers_.push_back(std::make_unique<Worker>(context_));
  }
}

Result<void> ThreadCrew::start(RoleRegistry& roles) {
  threads_.reserve(workers_.size());
  try {
    for (const auto& worker : workers_) {
      threads_.emplace_back([this, &worker, &roles] { work(*worker, roles); });
    }
  } catch (const std::system_error& error) {
    const std::size_t started = threads_.size();
    stop();
    return Error::unavailable("workers.count: the system gives " + std::to_string(started) +
                              " threads of the " + std::to_string(workers_.size()) +
                              " asked for (" + error.what() +
                              "); use fewer workers, or workers.kind = \"async\"");
  }
  return {};
}

void ThreadCrew::stop() {
  stopping_.store(true, std::memory_order_release);
  if (!threads_.empty()) {
    context_.queue.interrupt();
    threads_.clear();  // joins
  }
}

void ThreadCrew::work(Worker& worker, RoleRegistry& roles) {
  const auto enrolment = roles.enroll("worker");
  EventLoop loop{context_.clock};
  worker.connect(&loop.sockets());
  loop.add(worker);
  while (!stopping_.load(std::memory_order_acquire)) {
    loop.poll();  // an idle connection that the backend closed is noticed before it is used
    const Instant now = context_.clock.now();
    const Instant wake_at = worker.step(now);
    if (worker.busy() || context_.taking.poll > Duration{0}) {
      // A reply that is due at once must not send an idle worker to sleep on its sockets.
      loop.turn(std::min(wake_at, now + longest_sleep));
    } else {
      worker.wait(std::min(wake_at, now + longest_wait_));
    }
  }
  worker.abandon(context_.clock.now());
  worker.disconnect();
}

Duration ThreadCrew::busy_time(Instant now) const {
  Duration sum{0};
  for (const auto& worker : workers_) {
    sum += worker->busy_time(now);
  }
  return sum;
}

WorkerCounts ThreadCrew::counts() const {
  WorkerCounts counts;
  for (const auto& worker : workers_) {
    counts.taken += worker->taken();
    counts.retried += worker->retried();
  }
  return counts;
}

std::vector<std::uint64_t> ThreadCrew::taken_by_consumer() const {
  std::vector<std::uint64_t> taken;
  taken.reserve(workers_.size());
  for (const auto& worker : workers_) {
    taken.push_back(worker->taken());
  }
  return taken;
}

void ThreadCrew::connect() {
  for (const auto& worker : workers_) {
    worker->connect(nullptr);
  }
}

Instant ThreadCrew::step(Instant now) {
  Instant wake_at = never;
  for (const auto& worker : workers_) {
    wake_at = std::min(wake_at, worker->step(now));
  }
  return wake_at;
}

void ThreadCrew::abandon(Instant now) {
  for (const auto& worker : workers_) {
    worker->abandon(now);
  }
}

void ThreadCrew::disconnect() {
  for (const auto& worker : workers_) {
    worker->disconnect();
  }
}

}  // namespace queuemeter
