// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// When each of many callers calls next: one timing wheel, in which setting and taking an alarm
/// cost the same with a thousand callers as with a million.
///
/// Two wheels of 4,096 slots: 33 µs wide each, and 134 ms wide each (9 minutes in all); alarms
/// further away wait in a list. Slots without alarms are skipped by bitmaps. Alarms of slots that
/// have begun are sorted, so they come in order of (instant, caller), to the nanosecond, whatever
/// order they were set in. 16 bytes for each caller, and 4 for each one in the slot at hand.
/// One thread.
class CallerTimers {
 public:
  /// Callers are numbered from 0; no alarm may be set before `origin`.
  CallerTimers(std::size_t callers, Instant origin);

  /// The caller must have no alarm. An instant that has passed is fine.
  void set(std::uint32_t caller, Instant due);
  /// Remembers an instant for `due` without an alarm.
  void remember(std::uint32_t caller, Instant due) noexcept { callers_[caller].due = due; }
  /// When the earliest alarm goes off, or earlier, if it is too far away to tell; `never` when
  /// there is none.
  [[nodiscard]] Instant next() noexcept;
  /// Takes the first alarm due at `until` or before: its caller, or `nobody`.
  static constexpr std::uint32_t nobody = UINT32_MAX;
  [[nodiscard]] std::uint32_t take(Instant until);

  /// When the caller's alarm goes off, or the latest one was due.
  [[nodiscard]] Instant due(std::uint32_t caller) const noexcept { return callers_[caller].due; }
  /// A number for each caller that the user of this may keep here.
  [[nodiscard]] std::uint32_t& tally(std::uint32_t caller) noexcept {
    return callers_[caller].tally;
  }
  [[nodiscard]] std::uint32_t tally(std::uint32_t caller) const noexcept {
    return callers_[caller].tally;
  }
  [[nodiscard]] std::size_t size() const noexcept { return callers_.size(); }
  /// What all alarms take.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  static constexpr unsigned slot_bits = 15;   // a slot of the fine wheel is 2^15 ns wide
  static constexpr unsigned wheel_bits = 12;  // slots of each wheel
  static constexpr std::size_t slots = std::size_t{1} << wheel_bits;

  struct Caller {
    Instant due = unobserved;
    std::uint32_t next = nobody;  // in the same slot
    std::uint32_t tally = 0;
  };
  /// The slots of one wheel: a list of callers each, and which of them are not empty.
  class Wheel {
   public:
    Wheel() { first_.fill(nobody); }
    void push(std::size_t slot, std::uint32_t caller, std::vector<Caller>& callers) noexcept;
    /// Empties a slot; its first caller.
    std::uint32_t take(std::size_t slot) noexcept;
    [[nodiscard]] std::uint32_t first(std::size_t slot) const noexcept { return first_[slot]; }
    /// The first slot from `from` on that is not empty; `slots` when there is none.
    [[nodiscard]] std::size_t find(std::size_t from) const noexcept;

   private:
    std::array<std::uint32_t, slots> first_;
    std::array<std::uint64_t, slots / 64> used_{};
    std::uint64_t used_words_ = 0;
  };

  [[nodiscard]] std::uint64_t slot_of(Instant due) const noexcept;
  [[nodiscard]] Instant beginning_of(std::uint64_t slot) const noexcept {
    return origin_ + Duration{static_cast<Duration::rep>(slot << slot_bits)};
  }
  [[nodiscard]] std::uint64_t first_fine_slot() const noexcept { return turn_ << wheel_bits; }
  void file(std::uint32_t caller);
  [[nodiscard]] bool comes_later(std::uint32_t left, std::uint32_t right) const noexcept;
  void open_slots(Instant until);
  void open(std::uint64_t slot);
  void begin_turn(std::uint64_t turn) noexcept;
  void file_all(std::uint32_t first);
  [[nodiscard]] std::uint32_t first_open() const noexcept;

  Instant origin_;
  std::vector<Caller> callers_;
  Wheel fine_;
  Wheel coarse_;
  std::uint32_t far_ = nobody;         // a list
  Instant far_from_ = never;           // the earliest in it
  std::uint64_t opened_ = 0;           // fine slots before this one are open
  std::uint64_t turn_ = 0;             // the coarse slot that the fine wheel shows
  std::vector<std::uint32_t> sorted_;  // callers of open slots, from `first_sorted_` on
  std::size_t first_sorted_ = 0;
  std::vector<std::uint32_t> late_;  // set when their slot was open already; a heap
  Instant closed_from_ = never;      // no alarm in a slot that is not open is earlier
  bool closed_from_is_exact_ = true;
};

}  // namespace queuemeter
