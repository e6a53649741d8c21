// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/caller_timers.hpp"

#include <algorithm>

namespace queuemeter {

CallerTimers::CallerTimers(std::size_t callers, Instant origin)
    : origin_{origin}, callers_(callers) {
  // Each list has one chunk that is not full: both wheels' slots, and what is far away.
  lists_.reserve(callers, std::min(callers, 2 * slots + 1));
}

std::uint64_t CallerTimers::slot_of(Instant due) const noexcept {
  return due <= origin_ ? 0 : static_cast<std::uint64_t>((due - origin_).count()) >> slot_bits;
}

void CallerTimers::set(std::uint32_t caller, Instant due) {
  callers_[caller].set_due(due);
  file(caller, due);
}

void CallerTimers::file(std::uint32_t caller, Instant due) {
  const Duration since_origin = due - origin_;
  if (since_origin < Duration{static_cast<Duration::rep>(opened_ << slot_bits)}) {
    late_.push_back(caller);
    std::ranges::push_heap(late_, [this](std::uint32_t left, std::uint32_t right) {
      return comes_later(left, right);
    });
    return;
  }
  const auto offset = static_cast<std::uint64_t>(since_origin.count());
  const std::uint64_t turn = offset >> turn_bits;
  const Alarm alarm = offset % (std::uint64_t{1} << turn_bits) << 32U | caller;
  if (turn == turn_) {
    fine_.push(lists_, (offset >> slot_bits) % slots, alarm);
    closed_from_ = std::min(closed_from_, due);
  } else if (turn >> wheel_bits == turn_ >> wheel_bits) {
    coarse_.push(lists_, turn % slots, alarm);
    closed_from_ = std::min(closed_from_, beginning_of(turn << wheel_bits));
  } else {
    lists_.push(far_, caller);
    far_from_ = std::min(far_from_, due);
    closed_from_ = std::min(closed_from_, due);
  }
}

bool CallerTimers::comes_later(std::uint32_t left, std::uint32_t right) const noexcept {
  const Instant left_due = callers_[left].due();
  const Instant right_due = callers_[right].due();
  return left_due != right_due ? left_due > right_due : left > right;
}

Instant CallerTimers::next() noexcept {
  if (const std::uint32_t caller = first_open(); caller != nobody) {
    return callers_[caller].due();
  }
  if (!closed_from_is_exact_) {
    closed_from_is_exact_ = true;
    if (const std::size_t slot = fine_.find(opened_ - first_fine_slot()); slot < slots) {
      closed_from_ = due_of(lists_.smallest(fine_[slot]));
    }
  }
  return closed_from_;
}

std::uint32_t CallerTimers::first_open() const noexcept {
  const std::uint32_t late = late_.empty() ? nobody : late_.front();
  if (first_sorted_ == sorted_.size()) {
    return late;
  }
  const std::uint32_t sorted = caller_of(sorted_[first_sorted_]);
  return late != nobody && comes_later(sorted, late) ? late : sorted;
}

std::uint32_t CallerTimers::take(Instant until) {
  if (until >= closed_from_) {
    open_slots(until);
  }
  if (!late_.empty()) [[unlikely]] {
    return take_with_late_ones(until);
  }
  if (first_sorted_ == sorted_.size() || due_of(sorted_[first_sorted_]) > until) {
    return nobody;
  }
  return take_sorted();
}

std::uint32_t CallerTimers::take_sorted() noexcept {
  const std::uint32_t caller = caller_of(sorted_[first_sorted_]);
  if (++first_sorted_ == sorted_.size()) {
    sorted_.clear();
    first_sorted_ = 0;
  }
  return caller;
}

std::uint32_t CallerTimers::take_with_late_ones(Instant until) {
  const std::uint32_t caller = first_open();
  if (callers_[caller].due() > until) {
    return nobody;
  }
  if (caller != late_.front()) {
    return take_sorted();
  }
  std::ranges::pop_heap(
      late_, [this](std::uint32_t left, std::uint32_t right) { return comes_later(left, right); });
  late_.pop_back();
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
      // Too many to look at each: they are spread over the fine wheel when their turn begins, and
      // all alarms of the turn before it have been taken.
      const std::uint64_t number = (turn_ & ~std::uint64_t{slots - 1}) + turn;
      if (number << wheel_bits > last || !sorted_.empty()) {
        closed_from_ = beginning_of(number << wheel_bits);
        return;
      }
      begin_turn(number);
      spread(turn);
    } else if (!far_.empty() && slot_of(far_from_) <= last && sorted_.empty()) {
      begin_turn(slot_of(far_from_) >> wheel_bits);
      file_far_ones();
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
  const std::size_t before = sorted_.size();
  const std::size_t after = before + lists_.size(fine_[slot % slots]);
  // Growing by itself, the list would take twice what it needs when all callers are due at once.
  if (after > 2 * sorted_.capacity()) {
    sorted_.reserve(after);
  }
  lists_.take(fine_.emptied(slot % slots), sorted_);
  for (std::size_t index = before; index < after; ++index) {
    __builtin_prefetch(&callers_[caller_of(sorted_[index])], 1);
  }
  std::sort(sorted_.begin() + static_cast<std::ptrdiff_t>(before), sorted_.end());
  opened_ = slot + 1;
}

void CallerTimers::spread(std::size_t coarse_slot) {
  lists_.empty(coarse_.emptied(coarse_slot), [this](Alarm alarm) {
    fine_.push(lists_, (alarm >> (32U + slot_bits)) % slots, alarm);
  });
}

void CallerTimers::file_far_ones() {
  far_from_ = never;
  // Those of the first turn go to the fine wheel, others to the coarse one, or are far still.
  lists_.empty(far_,
               [this](Alarm alarm) { file(caller_of(alarm), callers_[caller_of(alarm)].due()); });
}

std::size_t CallerTimers::bytes() const noexcept {
  return sizeof *this + callers_.capacity() * sizeof(Caller) + lists_.bytes() +
         sorted_.capacity() * sizeof(Alarm) + late_.capacity() * sizeof(std::uint32_t);
}

}  // namespace queuemeter
