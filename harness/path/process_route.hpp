// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/process_board.hpp"
#include "harness/path/return_sink.hpp"
#include "harness/queue/queue.hpp"

#include <memory>

namespace queuemeter {

/// Wakes the parent if it sleeps. Child.
void ring_process_bell(const ProcessBoard& board, int bell) noexcept;

/// The way of a child's calls back to its parent: the journal before and after each step, the reply
/// through the reply queue where there is one, and the report in shared memory.
///
/// The child's only thread.
class ProcessRoute final : public ReturnSink, public Stepper {
 public:
  /// `replies` is null where the report is the reply. What is borrowed must outlive the route.
  ProcessRoute(const ProcessBoard& board, ProcessPlace& place, int bell, Queue* replies,
               const Clock& clock, boost::asio::io_context* loop);

  /// The child has a call in its hands.
  void took(CallHandle call, Instant taken_at) noexcept;
  /// It will die when the work on that call is done.
  void die_when_done() noexcept { dies_when_done_ = true; }

  [[nodiscard]] bool returned(const Returned& what) noexcept override;
  Instant step(Instant now) override { return producer_ == nullptr ? never : producer_->step(now); }

 private:
  enum class Sent { yes, no_room, not_possible };
  [[nodiscard]] Sent send_reply(const Returned& what) noexcept;
  void report(const Returned& what, bool went_by_queue) noexcept;
  void stage(ProcessStage stage) noexcept { place_.stage.store(stage, std::memory_order_release); }

  const ProcessBoard& board_;
  ProcessPlace& place_;
  int bell_;
  std::unique_ptr<QueueProducer> producer_;
  Instant taken_at_ = unobserved;
  bool dies_when_done_ = false;
};

}  // namespace queuemeter
