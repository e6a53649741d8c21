// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/path/worker.hpp"
#include "harness/path/worker_crew.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace queuemeter {

/// Blocking workers with a thread each: they take, call and wait, as php workers do.
///
/// Either its own threads drive the workers (`start`, `stop`) or one thread steps them in virtual
/// time (`connect`, `step`, …), never both.
class ThreadCrew final : public WorkerCrew, public SteppedWorkers {
 public:
  ThreadCrew(WorkerContext context, std::size_t count);
  ~ThreadCrew() override { stop(); }

  [[nodiscard]] Result<void> start(RoleRegistry& roles) override;
  void stop() override;

  [[nodiscard]] std::size_t calls_at_once() const noexcept override { return workers_.size(); }
  [[nodiscard]] Duration busy_time(Instant now) const override;
  [[nodiscard]] WorkerCounts counts() const override;
  [[nodiscard]] std::vector<std::uint64_t> taken_by_consumer() const override;

  [[nodiscard]] SteppedWorkers* stepped() noexcept override { return this; }
  void connect() override;
  Instant step(Instant now) override;
  void abandon(Instant now) override;
  void disconnect() override;

 private:
  void work(Worker& worker, RoleRegistry& roles);

  const WorkerContext context_;
  Duration longest_wait_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace queuemeter
