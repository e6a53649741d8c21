// SPDX-License-Identifier: Apache-2.0
#include "harness/path/reply_inbox.hpp"

#include <bit>

namespace queuemeter {

/// A bounded ring for many producers and one consumer. Each slot carries the turn it is ready for:
/// turn t to be filled by the producer that drew ticket t, t + 1 to be taken.
/// Source: Vyukov, "Bounded MPMC queue"; the consumer's side needs no ticket here.
/// Boost's lock-free queue would serve, but its free list reads memory that others write.
class ReplyInbox::Ring {
 public:
  explicit Ring(std::size_t capacity)
      : mask_{std::bit_ceil(capacity) - 1}, slots_{std::make_unique<Slot[]>(mask_ + 1)} {
    for (std::uint64_t turn = 0; turn <= mask_; ++turn) {
      slots_[turn].turn.store(turn, std::memory_order_relaxed);
    }
  }

  bool push(const Returned& what) noexcept {
    std::uint64_t ticket = filled_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[ticket & mask_];
      const std::uint64_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == ticket) {
        if (filled_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_relaxed)) {
          slot.what = what;
          slot.turn.store(ticket + 1, std::memory_order_release);
          return true;
        }
      } else if (turn < ticket) {
        return false;  // a whole round behind: full
      } else {
        ticket = filled_.load(std::memory_order_relaxed);
      }
    }
  }

  bool pop(Returned& what) noexcept {
    Slot& slot = slots_[taken_ & mask_];
    if (slot.turn.load(std::memory_order_acquire) != taken_ + 1) {
      return false;
    }
    what = slot.what;
    slot.turn.store(taken_ + mask_ + 1, std::memory_order_release);
    ++taken_;
    return true;
  }

  [[nodiscard]] bool empty() const noexcept {
    return slots_[taken_ & mask_].turn.load(std::memory_order_acquire) != taken_ + 1;
  }

 private:
  struct Slot {
    std::atomic<std::uint64_t> turn{0};
    Returned what;
  };
  const std::uint64_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(128) std::atomic<std::uint64_t> filled_{0};  // producers
  alignas(128) std::uint64_t taken_ = 0;               // consumer only
};

ReplyInbox::ReplyInbox(std::size_t capacity) : ring_{std::make_unique<Ring>(capacity)} {}

ReplyInbox::~ReplyInbox() = default;

bool ReplyInbox::returned(const Returned& what) noexcept {
  // Records always fit; a queue that duplicates without end may fill the rest, and then the number
  // is all that is kept.
  if (ring_->push(what)) {
    arrived_.notify(1);
  } else {
    overflow_.fetch_add(1, std::memory_order_relaxed);
  }
  return true;
}

bool ReplyInbox::take(Returned& what) noexcept { return ring_->pop(what); }

void ReplyInbox::wait(Instant until) {
  arrived_.wait(until, [this] { return !ring_->empty(); });
}

}  // namespace queuemeter
