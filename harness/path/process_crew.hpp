// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_intake.hpp"
#include "harness/call/clock.hpp"
#include "harness/path/delivery_desk.hpp"
#include "harness/path/process_board.hpp"
#include "harness/path/process_orders.hpp"
#include "harness/path/return_sink.hpp"
#include "harness/path/worker_crew.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace queuemeter {

/// Workers that are processes: children of ours that take from the queue themselves, crash, are
/// replaced and boot slowly, as PHP workers do.
///
/// What a child does with a call comes back over shared memory that outlives it, so that a kill at
/// any instruction leaves no doubt about the call in its hands: done and told, or lost (reason
/// `worker_died`; where the queue acknowledges, it delivers the call again). Two moments no journal
/// can cover: a call that the kernel had taken out of the queue for a child that was killed before
/// it learned of it, which the sweep finds missing; and a child that was killed while it put a
/// reply into the reply queue, which `settle_doubts` decides when that queue is empty.
///
/// One supervising thread starts the children, reads their reports, claims the records, and starts
/// again what died: at once, but no more than `starts_per_second` of them. Children end with it,
/// whatever ends it.
class ProcessCrew final : public WorkerCrew {
 public:
  struct Parts {
    const Clock& clock;  ///< must read CLOCK_MONOTONIC, as the children do
    CallIntake& intake;  ///< where the calls' records are
    ReturnSink& returns;
    TakenFront& front;
    std::size_t producers = 1;                   ///< offering threads
    std::vector<std::uint8_t> priorities = {0};  ///< that occur in the run
  };
  struct Settings {
    /// The program and the words before the child's number: {"…/queuemeter", "worker"}.
    std::vector<std::string> command;
    std::size_t count = 8;
    ProcessOrders orders;
    double starts_per_second = 100.0;
    Duration patience = std::chrono::seconds{10};  ///< for all children to open what they need
  };

  /// `parts` must outlive the crew.
  ProcessCrew(const Parts& parts, Settings settings);
  ~ProcessCrew() override;

  /// Starts all children and waits until each has opened its queue and its backend; their boot goes
  /// on meanwhile. Errors: with the sentence that a child left.
  [[nodiscard]] Result<void> start(RoleRegistry& roles) override;
  /// Ends all children, within two seconds and a bit, and reaps them; what they had in hand is
  /// unfinished.
  void stop() override;
  std::size_t settle_doubts() override;
  [[nodiscard]] std::uint64_t died_between_calls() const noexcept override;

  [[nodiscard]] std::size_t calls_at_once() const noexcept override { return settings_.count; }
  [[nodiscard]] Duration busy_time(Instant now) const override;
  [[nodiscard]] WorkerCounts counts() const override;
  [[nodiscard]] std::vector<std::uint64_t> taken_by_consumer() const override;
  /// CPU time of all children, the dead ones included. Any thread.
  [[nodiscard]] Duration cpu_time() const;
  /// Of the children that live; 0 where one does not. Any thread.
  [[nodiscard]] std::vector<pid_t> process_ids() const;

 private:
  class Supervisor;  // the thread's part; hidden so that this header stays light

  Parts parts_;
  Settings settings_;
  std::unique_ptr<Supervisor> supervisor_;  // from `start` on
  std::jthread thread_;
};

}  // namespace queuemeter
