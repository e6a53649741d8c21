// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/caller_timers.hpp"

#include <algorithm>
#include <bit>

namespace queuemeter {

void CallerTimers::Wheel::push(std::size_t slot, std::uint32_t caller,
                               std::vector<Caller>& callers) noexcept {
  callers[caller].next = first_[slot];
  first_[slot] = caller;
  used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  used_words_ |= std::uint64_t{1} << (slot / 64);
}

std::uint32_t CallerTimers::Wheel::take(std::size_t slot) noexcept {
  const std::uint32_t caller = first_[slot];
  first_[slot] = nobody;
  used_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  if (used_[slot / 64] == 0) {
    used_words_ &= ~(std::uint64_t{1} << (slot / 64));
  }
  return caller;
}

std::size_t CallerTimers::Wheel::find(std::size_t from) const noexcept {
  if (from >= slots) {
    return slots;
  }
  const std::size_t word = from / 64;
  if (const std::uint64_t here = used_[word] >> (from % 64); here != 0) {
    return from + static_cast<std::size_t>(std::countr_zero(here));
  }
  const std::uint64_t later = word == 63 ? 0 : used_words_ >> (word + 1);
  if (later == 0) {
    return slots;
  }
  const std::size_t next = word + 1 + static_cast<std::size_t>(std::countr_zero(later));
  return next * 64 + static_cast<std::size_t>(std::countr_zero(used_[next]));
}

CallerTimers::CallerTimers(std::size_t callers, Instant origin)
    : origin_{origin}, callers_(callers) {}

std::uint64_t CallerTimers::slot_of(Instant due) const noexcept {
  return due <= origin_ ? 0 : static_cast<std::uint64_t>((due - origin_).count()) >> slot_bits;
}

void CallerTimers::set(std::uint32_t caller, Instant due) {
  callers_[caller].due = due;
  file(caller);
}

void CallerTimers::file(std::uint32_t caller) {
  const Instant due = callers_[caller].due;
  const std::uint64_t slot = slot_of(due);
  if (slot < opened_) {
    late_.push_back(caller);
    std::ranges::push_heap(late_, [this](std::uint32_t left, std::uint32_t right) {
      return comes_later(left, right);
    });
    return;
  }
  const std::uint64_t turn = slot >> wheel_bits;
  if (turn == turn_) {
    fine_.push(slot % slots, caller, callers_);
    closed_from_ = std::min(closed_from_, due);
  } else if (turn >> wheel_bits == turn_ >> wheel_bits) {
    coarse_.push(turn % slots, caller, callers_);
    closed_from_ = std::min(closed_from_, beginning_of(turn << wheel_bits));
  } else {
    callers_[caller].next = far_;
    far_ = caller;
    far_from_ = std::min(far_from_, due);
    closed_from_ = std::min(closed_from_, due);
  }
}

bool CallerTimers::comes_later(std::uint32_t left, std::uint32_t right) const noexcept {
  const Instant left_due = callers_[left].due;
  const Instant right_due = callers_[right].due;
  return left_due != right_due ? left_due > right_due : left > right;
}

Instant CallerTimers::next() noexcept {
  if (const std::uint32_t caller = first_open(); caller != nobody) {
    return callers_[caller].due;
  }
  if (!closed_from_is_exact_) {
    closed_from_is_exact_ = true;
    if (const std::size_t slot = fine_.find(opened_ - first_fine_slot()); slot < slots) {
      closed_from_ = never;
      for (std::uint32_t caller = fine_.first(slot); caller != nobody;
           caller = callers_[caller].next) {
        closed_from_ = std::min(closed_from_, callers_[caller].due);
      }
    }
  }
  return closed_from_;
}

std::uint32_t CallerTimers::first_open() const noexcept {
  const std::uint32_t late = late_.empty() ? nobody : late_.front();
  if (first_sorted_ == sorted_.size()) {
    return late;
  }
  const std::uint32_t sorted = sorted_[first_sorted_];
  return late != nobody && comes_later(sorted, late) ? late : sorted;
}

std::uint32_t CallerTimers::take(Instant until) {
  if (until >= closed_from_) {
    open_slots(until);
  }
  const std::uint32_t caller = first_open();
  if (caller == nobody || callers_[caller].due > until) {
    return nobody;
  }
  if (first_sorted_ < sorted_.size() && sorted_[first_sorted_] == caller) {
    if (++first_sorted_ == sorted_.size()) {
      sorted_.clear();
      first_sorted_ = 0;
    }
  } else {
    std::ranges::pop_heap(late_, [this](std::uint32_t left, std::uint32_t right) {
      return comes_later(left, right);
    });
    late_.pop_back();
  }
  return caller;
}

void CallerTimers::open_slots(Instant until) {
  // What was taken goes when it is the larger part, so that its removal costs next to nothing.
  if (first_sorted_ > sorted_.size() / 2) {
    sorted_.erase(sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(first_sorted_));
    first_sorted_ = 0;
  }
  const std::uint64_t last = slot_of(until);
  closed_from_is_exact_ = false;
  for (;;) {
    if (const std::size_t slot = fine_.find(opened_ - first_fine_slot()); slot < slots) {
      const std::uint64_t number = first_fine_slot() + slot;
      if (number > last) {
        closed_from_ = beginning_of(number);
        return;
      }
      open(number);
    } else if (const std::size_t turn = coarse_.find(turn_ % slots + 1); turn < slots) {
      // Too many to look at each: they are spread over the fine wheel when their turn begins.
      const std::uint64_t number = (turn_ & ~std::uint64_t{slots - 1}) + turn;
      if (number << wheel_bits > last) {
        closed_from_ = beginning_of(number << wheel_bits);
        return;
      }
      begin_turn(number);
      file_all(coarse_.take(turn));
    } else if (far_ != nobody && slot_of(far_from_) <= last) {
      begin_turn(slot_of(far_from_) >> wheel_bits);
      const std::uint32_t first = far_;
      far_ = nobody;
      far_from_ = never;
      file_all(first);
    } else {
      closed_from_ = far_from_;
      return;
    }
  }
}

void CallerTimers::begin_turn(std::uint64_t turn) noexcept {
  turn_ = turn;
  opened_ = first_fine_slot();
}

void CallerTimers::open(std::uint64_t slot) {
  const auto begin = static_cast<std::ptrdiff_t>(sorted_.size());
  for (std::uint32_t caller = fine_.take(slot % slots); caller != nobody;
       caller = callers_[caller].next) {
    sorted_.push_back(caller);
  }
  std::sort(sorted_.begin() + begin, sorted_.end(),
            [this](std::uint32_t left, std::uint32_t right) { return comes_later(right, left); });
  opened_ = slot + 1;
}

void CallerTimers::file_all(std::uint32_t first) {
  for (std::uint32_t caller = first; caller != nobody;) {
    const std::uint32_t following = callers_[caller].next;
    file(caller);
    caller = following;
  }
}

std::size_t CallerTimers::bytes() const noexcept {
  return sizeof *this + callers_.capacity() * sizeof(Caller) +
         (sorted_.capacity() + late_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace queuemeter
