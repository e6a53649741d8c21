// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/path/async_loop.hpp"
#include "harness/path/async_taker.hpp"
#include "harness/path/event_loop.hpp"
#include "harness/path/worker.hpp"
#include "harness/path/worker_crew.hpp"
#include "harness/queue/wait_point.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

namespace queuemeter {

/// Asynchronous workers: thousands of calls at once on a few event loops, fed by one thread that
/// takes against free slots.
///
/// Either its own threads drive it (`start`, `stop`) or one thread steps it in virtual time
/// (`connect`, `step`, …), never both.
class AsyncCrew final : public WorkerCrew, public SteppedWorkers {
 public:
  /// `slots` are spread evenly over `loops` threads; there is at least one slot for each.
  AsyncCrew(WorkerContext context, std::size_t slots, std::size_t loops);
  ~AsyncCrew() override;

  [[nodiscard]] Result<void> start(RoleRegistry& roles) override;
  void stop() override;

  [[nodiscard]] std::size_t calls_at_once() const noexcept override { return slots_; }
  [[nodiscard]] Duration busy_time(Instant now) const override;
  [[nodiscard]] WorkerCounts counts() const override;
  [[nodiscard]] std::vector<std::uint64_t> taken_by_consumer() const override {
    return {taker_.taken()};
  }

  [[nodiscard]] SteppedWorkers* stepped() noexcept override { return this; }
  void connect() override;
  Instant step(Instant now) override;
  void abandon(Instant now) override;
  void disconnect() override;

 private:
  class TakerWaker;

  void take(RoleRegistry& roles);
  void turn(std::size_t number, RoleRegistry& roles);

  const WorkerContext context_;
  std::size_t slots_;
  std::vector<std::unique_ptr<AsyncLoop>> loops_;
  AsyncTaker taker_;

  WaitPoint slot_came_back_{WaitPolicyKind::spin_park};  // the taker waits here for credit
  std::unique_ptr<TakerWaker> taker_waker_;
  std::vector<std::unique_ptr<EventLoop>> drives_;  // what turns each loop
  // Ending, in this order: the taker stops taking, the loops give up their calls, the taker
  // acknowledges them.
  std::atomic<bool> stop_taking_{false};
  std::binary_semaphore taken_last_{0};
  std::atomic<bool> stop_loops_{false};
  std::binary_semaphore loops_ended_{0};
  std::vector<std::jthread> loop_threads_;
  std::jthread taker_thread_;
};

}  // namespace queuemeter
