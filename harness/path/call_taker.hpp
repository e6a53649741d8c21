// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/path/delivery_desk.hpp"
#include "harness/path/workbench.hpp"
#include "harness/queue/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace queuemeter {

/// How workers take calls from the queue, and acknowledge them.
struct TakingRules {
  std::size_t batch = 1;  ///< calls taken in one operation of the queue at most
  /// Calls that one consumer holds without having acknowledged them, where it acknowledges.
  std::size_t prefetch = 1;
  /// Calls acknowledged together; 0: delivery is destructive, there is nothing to acknowledge.
  std::size_t acknowledge = 0;
  /// Acknowledged as they are taken, before anything else: on the path that only takes.
  bool acknowledge_first = false;
  /// An idle consumer looks into the queue again after this long; 0: it waits for the queue.
  Duration poll{0};
};

/// A consumer's end with all that goes with it: batches, polling, the desk that looks at each
/// delivery, acknowledgement.
///
/// The consumer's thread; `taken()` from any.
class CallTaker {
 public:
  CallTaker(const TakingRules& rules, TakenFront& front, std::size_t producers,
            std::span<const std::uint8_t> priorities);

  /// Makes the consumer; on the thread that uses it.
  void connect(Queue& queue, const Clock& clock) { consumer_ = queue.make_consumer(clock); }
  void disconnect() { consumer_.reset(); }

  /// How many of `limit` calls may be taken, so that `prefetch` is kept.
  [[nodiscard]] std::size_t room(std::size_t limit) const noexcept;
  /// Calls taken and not loaded.
  [[nodiscard]] std::size_t pending() const noexcept { return end_ - next_; }
  /// Whether a call is taken and not loaded; takes the next batch if there is none, of `limit`
  /// calls at most.
  [[nodiscard]] bool has_next(std::size_t limit, Instant now);
  /// When the call that is next was taken.
  [[nodiscard]] Instant next_taken_at() const noexcept { return taken_at_[next_]; }
  /// Puts the next call into `slot`, to be begun at `now`.
  void load_next(Instant now, WorkSlot& slot);

  /// The work on a delivery has ended.
  void done(CallHandle delivered);
  /// Acknowledges what waits for a batch to fill; when nothing else is to be done.
  void flush();
  /// Deliveries loaded and not yet acknowledged; 0 where nothing is acknowledged.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }

  /// Until when the queue is left alone, by `poll`; the past when it may be looked into.
  [[nodiscard]] Instant look_again_at() const noexcept { return look_again_at_; }
  [[nodiscard]] const TakingRules& rules() const noexcept { return rules_; }
  /// Waits until the queue may have something.
  void wait(Instant until) { consumer_->wait(until); }

  /// Gives what was taken and not loaded back to the queue; false when that call must be loaded
  /// and handed back by the worker. True when there is none left.
  [[nodiscard]] bool give_back_rest();

  /// Deliveries loaded so far. Any thread.
  [[nodiscard]] std::uint64_t taken() const noexcept { return desk_.taken(); }

 private:
  TakingRules rules_;
  DeliveryDesk desk_;
  std::unique_ptr<QueueConsumer> consumer_;
  std::vector<CallHandle> batch_;  // taken; from next_ to end_ not loaded
  std::vector<Instant> taken_at_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  bool in_doubt_ = false;         // the batch could not be acknowledged
  std::vector<CallHandle> done_;  // to be acknowledged
  std::size_t held_ = 0;
  Instant look_again_at_ = unobserved;
};

}  // namespace queuemeter
