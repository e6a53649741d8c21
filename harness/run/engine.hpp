// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/roles.hpp"
#include "harness/path/event_loop.hpp"
#include "harness/run/run_parts.hpp"
#include "harness/scenario/scenario.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace queuemeter {

/// Drives the parts of a run with threads: one for each offerer and worker, and one that settles.
///
/// Constructed, started and stopped by one thread, the conductor's. The clock must read
/// CLOCK_MONOTONIC, because threads sleep by it.
class Engine {
 public:
  /// `parts` must outlive the engine.
  Engine(RunParts& parts, const Clock& clock, const Scenario& scenario);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  /// Stops.
  ~Engine();

  /// Starts all threads and worker processes; the plan's origin lies in the future. An error: one
  /// of them cannot be had.
  [[nodiscard]] Result<void> start();
  /// Ends traffic at `at` instead of the window's end: what was due before is still offered.
  void stop_traffic(Instant at);
  /// Ends all threads. Calls still in work, or unanswered on the direct path, become unfinished.
  /// Idempotent.
  void stop();

  /// Of an offerer, whose thread has not started yet; for what listens by its loop.
  [[nodiscard]] boost::asio::io_context& sockets(std::size_t offerer) noexcept {
    return loops_[offerer]->sockets();
  }
  /// Any thread.
  [[nodiscard]] RoleRegistry& roles() noexcept { return roles_; }

 private:
  void offer(OffererParts& offerer, EventLoop& loop);
  void saturate(SaturatingSource& source);
  void settle(Settler& settler);

  RunParts& parts_;
  const Clock& clock_;
  RoleRegistry roles_;
  // By offerer. Here, because the settler may wake a loop whose thread has ended.
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::atomic<bool> offering_{true};
  std::atomic<bool> settling_{true};
  std::jthread settling_thread_;
  std::vector<std::jthread> offering_threads_;
};

}  // namespace queuemeter
