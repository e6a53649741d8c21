// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/stepper.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/reply_route.hpp"
#include "harness/path/workbench.hpp"
#include "harness/path/worker.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace queuemeter {

/// The slots of one event loop of asynchronous workers, and how they change hands: the taker fills
/// a free slot and posts its number; the loop begins the call and sends the number back when it is
/// done, which is the taker's credit for the next one.
///
/// The taker's thread and the loop's, as each function says. Neither waits for the other: both
/// ways hold as many numbers as there are slots.
class AsyncLoop final : public Stepper {
 public:
  AsyncLoop(const WorkerContext& context, std::size_t slots);
  ~AsyncLoop() override;

  /// Whom to wake when slots are posted, and when they are sent back; null: nobody sleeps. Before
  /// the first thread starts.
  void set_wakers(Waker* loop, Waker* taker) noexcept {
    loop_waker_ = loop;
    taker_waker_ = taker;
  }

  // The taker's thread.
  [[nodiscard]] std::size_t free_slots() const noexcept { return free_.size(); }
  /// A free slot to be filled, and posted with the next `post()`.
  [[nodiscard]] WorkSlot& reserve();
  /// Hands all reserved slots over.
  void post();
  /// Takes back the slots that are done; calls `done` with what the queue delivered into each.
  template <class Done>
  void collect(Done&& done) {
    const std::size_t before = free_.size();
    collect_freed();
    for (std::size_t index = before; index < free_.size(); ++index) {
      done(bench_.slot(free_[index]).delivered);
    }
  }

  /// Whether slots have come back and were not collected.
  [[nodiscard]] bool has_freed() const noexcept;

  // The loop's thread.
  void connect(boost::asio::io_context* loop);
  void disconnect();
  /// Collects replies, begins what was posted, sends back what is done.
  Instant step(Instant now) override;
  /// Gives up everything that was posted: the run is over, it is unfinished.
  void abandon(Instant now);

  // Any thread.
  [[nodiscard]] std::size_t slots() const noexcept { return bench_.size(); }
  [[nodiscard]] Duration busy_time(Instant now) const noexcept { return bench_.busy_time(now); }
  [[nodiscard]] std::uint64_t retried() const noexcept { return bench_.retried(); }

 private:
  struct Rings;  // the lock-free ways there and back; hidden so that this header stays light

  void collect_freed();
  void begin_posted();
  void send_back();

  const WorkerContext& context_;
  std::optional<ReplyRoute> route_;
  Workbench bench_;
  std::unique_ptr<Rings> rings_;
  Waker* loop_waker_ = nullptr;
  Waker* taker_waker_ = nullptr;
  std::vector<std::uint32_t> free_;      // taker
  std::vector<std::uint32_t> reserved_;  // taker
};

}  // namespace queuemeter
