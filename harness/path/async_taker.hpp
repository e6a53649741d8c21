// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/stepper.hpp"
#include "harness/path/async_loop.hpp"
#include "harness/path/call_taker.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace queuemeter {

/// Takes calls for all loops of asynchronous workers: only against a free slot, so that what cannot
/// be worked on stays in the queue. Its hand-over to a loop is *handoff*.
///
/// One thread; `taken()` from any.
class AsyncTaker final : public Stepper {
 public:
  /// The loops must outlive the taker; there is one at least.
  AsyncTaker(const WorkerContext& context, std::span<const std::unique_ptr<AsyncLoop>> loops);

  void connect() { taker_.connect(context_.queue, context_.clock); }
  void disconnect() { taker_.disconnect(); }

  /// Takes back what is done and takes as many calls as there are free slots. When it wants to be
  /// stepped next; `never` while it waits for the queue or for a slot.
  Instant step(Instant now) override;
  /// Calls that the last step took.
  [[nodiscard]] std::size_t took() const noexcept { return took_; }
  /// Whether a call could be taken if there were one: else it is a slot that it waits for.
  [[nodiscard]] bool has_credit() const noexcept { return taker_.room(credit_) > 0; }
  /// Whether a slot that it has not seen yet has come back.
  [[nodiscard]] bool has_freed() const noexcept;
  /// Whether calls are out that will have to be acknowledged.
  [[nodiscard]] bool owes_acknowledgement() const noexcept { return taker_.held() > 0; }
  /// Waits for the queue.
  void wait(Instant until) { taker_.wait(until); }

  /// Acknowledges what the loops have sent back; when they have ended.
  void finish();

  [[nodiscard]] std::uint64_t taken() const noexcept { return taker_.taken(); }

 private:
  void collect();
  void post_all();
  [[nodiscard]] AsyncLoop& next_loop() noexcept;

  const WorkerContext& context_;
  std::span<const std::unique_ptr<AsyncLoop>> loops_;
  CallTaker taker_;
  std::size_t credit_ = 0;  // free slots of all loops
  std::size_t turn_ = 0;    // the loop that got the last call
  std::size_t took_ = 0;
};

}  // namespace queuemeter
