// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/caller_timers.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace queuemeter {

void CallerTimers::Wheel::mark_used(std::size_t slot) noexcept {
  used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  used_words_ |= std::uint64_t{1} << (slot / 64);
}

void CallerTimers::Wheel::mark_empty(std::size_t slot) noexcept {
  used_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  if (used_[slot / 64] == 0) {
    used_words_ &= ~(std::uint64_t{1} << (slot / 64));
  }
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
    : origin_{origin}, callers_(callers) {
  // Each list has one chunk that is not full: both wheels' slots, and what is far away.
  chunks_.resize(callers / Chunk::most + std::min(callers, 2 * slots + 1) + 1);
  for (ChunkNumber number = 0; number < chunks_.size(); ++number) {
    chunks_[number].next = free_chunk_;
    free_chunk_ = number;
  }
}

std::uint64_t CallerTimers::slot_of(Instant due) const noexcept {
  return due <= origin_ ? 0 : static_cast<std::uint64_t>((due - origin_).count()) >> slot_bits;
}

void CallerTimers::set(std::uint32_t caller, Instant due) {
  callers_[caller].set_due(due);
  file(caller, due);
}

void CallerTimers::file(std::uint32_t caller, Instant due) {
  const std::uint64_t slot = slot_of(due);
  if (slot < opened_ || due < origin_) {
    late_.push_back(caller);
    std::ranges::push_heap(late_, [this](std::uint32_t left, std::uint32_t right) {
      return comes_later(left, right);
    });
    return;
  }
  const std::uint64_t turn = slot >> wheel_bits;
  const Instant turn_begins = beginning_of(turn << wheel_bits);
  const Alarm alarm = static_cast<std::uint64_t>((due - turn_begins).count()) << 32U | caller;
  if (turn == turn_) {
    push(fine_.chunks(slot % slots), alarm);
    fine_.mark_used(slot % slots);
    closed_from_ = std::min(closed_from_, due);
  } else if (turn >> wheel_bits == turn_ >> wheel_bits) {
    push(coarse_.chunks(turn % slots), alarm);
    coarse_.mark_used(turn % slots);
    closed_from_ = std::min(closed_from_, turn_begins);
  } else {
    push(far_, caller);
    far_from_ = std::min(far_from_, due);
    closed_from_ = std::min(closed_from_, due);
  }
}

void CallerTimers::push(ChunkNumber& chunks, Alarm alarm) noexcept {
  if (chunks == no_chunk || chunks_[chunks].count == Chunk::most) {
    const ChunkNumber fresh = free_chunk_;
    free_chunk_ = chunks_[fresh].next;
    chunks_[fresh].count = 0;
    chunks_[fresh].next = chunks;
    chunks = fresh;
  }
  Chunk& chunk = chunks_[chunks];
  chunk.alarms[chunk.count++] = alarm;
}

template <class Visit>
void CallerTimers::empty(ChunkNumber& chunks, Visit&& visit) {
  for (ChunkNumber number = std::exchange(chunks, no_chunk); number != no_chunk;) {
    // A copy, because what is visited may be filed again, into this very chunk.
    const Chunk chunk = chunks_[number];
    chunks_[number].next = free_chunk_;
    free_chunk_ = number;
    for (std::uint32_t index = 0; index < chunk.count; ++index) {
      visit(chunk.alarms[index]);
    }
    number = chunk.next;
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
      Alarm first = ~Alarm{0};
      for (ChunkNumber number = fine_.chunks(slot); number != no_chunk;
           number = chunks_[number].next) {
        const Chunk& chunk = chunks_[number];
        first = std::min(
            first, *std::min_element(chunk.alarms.begin(), chunk.alarms.begin() + chunk.count));
      }
      closed_from_ = due_of(first);
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
  const std::uint32_t caller = first_open();
  if (caller == nobody || callers_[caller].due() > until) {
    return nobody;
  }
  if (first_sorted_ < sorted_.size() && caller_of(sorted_[first_sorted_]) == caller) {
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
      // Too many to look at each: they are spread over the fine wheel when their turn begins, and
      // all alarms of the turn before it have been taken.
      const std::uint64_t number = (turn_ & ~std::uint64_t{slots - 1}) + turn;
      if (number << wheel_bits > last || !sorted_.empty()) {
        closed_from_ = beginning_of(number << wheel_bits);
        return;
      }
      begin_turn(number);
      spread(turn);
    } else if (far_ != no_chunk && slot_of(far_from_) <= last && sorted_.empty()) {
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
  std::size_t after = before;
  for (ChunkNumber number = fine_.chunks(slot % slots); number != no_chunk;
       number = chunks_[number].next) {
    after += chunks_[number].count;
  }
  // Growing by itself, the list would take twice what it needs when all callers are due at once.
  if (after > 2 * sorted_.capacity()) {
    sorted_.reserve(after);
  }
  empty(fine_.chunks(slot % slots), [this](Alarm alarm) {
    __builtin_prefetch(&callers_[caller_of(alarm)], 1);
    sorted_.push_back(alarm);
  });
  fine_.mark_empty(slot % slots);
  std::sort(sorted_.begin() + static_cast<std::ptrdiff_t>(before), sorted_.end());
  opened_ = slot + 1;
}

void CallerTimers::spread(std::size_t coarse_slot) {
  empty(coarse_.chunks(coarse_slot), [this](Alarm alarm) {
    const std::size_t slot = (alarm >> (32U + slot_bits)) % slots;
    push(fine_.chunks(slot), alarm);
    fine_.mark_used(slot);
  });
  coarse_.mark_empty(coarse_slot);
}

void CallerTimers::file_far_ones() {
  far_from_ = never;
  // Those of the first turn go to the fine wheel, others to the coarse one, or are far still.
  empty(far_, [this](Alarm alarm) { file(caller_of(alarm), callers_[caller_of(alarm)].due()); });
}

std::size_t CallerTimers::bytes() const noexcept {
  return sizeof *this + callers_.capacity() * sizeof(Caller) + chunks_.capacity() * sizeof(Chunk) +
         sorted_.capacity() * sizeof(Alarm) + late_.capacity() * sizeof(std::uint32_t);
}

}  // namespace queuemeter
