// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/timing_wheel.hpp"

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
/// order they were set in.
///
/// Memory is what such a wheel costs: a caller's own state is far away each time. So a slot lists
/// its alarms by themselves, a cache line of seven at a time, and callers are looked at when they
/// are due and fetched before. 12 bytes for each caller, 9 to 12 for its alarm, and 8 for each one
/// in the slot at hand.
/// One thread.
class CallerTimers {
 public:
  /// Callers are numbered from 0; no alarm may be set before `origin`.
  CallerTimers(std::size_t callers, Instant origin);

  /// The caller must have no alarm. An instant that has passed is fine.
  void set(std::uint32_t caller, Instant due);
  /// Remembers an instant for `due` without an alarm.
  void remember(std::uint32_t caller, Instant due) noexcept { callers_[caller].set_due(due); }
  /// When the earliest alarm goes off, or earlier, if it is too far away to tell; `never` when
  /// there is none.
  [[nodiscard]] Instant next() noexcept;
  /// Takes the first alarm due at `until` or before: its caller, or `nobody`.
  static constexpr std::uint32_t nobody = UINT32_MAX;
  [[nodiscard]] std::uint32_t take(Instant until);

  /// When the caller's alarm goes off, or the latest one was due.
  [[nodiscard]] Instant due(std::uint32_t caller) const noexcept { return callers_[caller].due(); }
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
  static constexpr unsigned slot_bits = 15;  // a slot of the fine wheel is 2^15 ns wide
  static constexpr unsigned wheel_bits = TimingWheel::slot_bits;
  static constexpr std::size_t slots = TimingWheel::slots;
  static constexpr unsigned turn_bits = slot_bits + wheel_bits;  // of the coarse wheel's slots

  /// 12 bytes: an instant in two halves would otherwise ask for 16.
  class Caller {
   public:
    [[nodiscard]] Instant due() const noexcept {
      return instant_from_nanoseconds(
          static_cast<std::int64_t>(std::uint64_t{high_} << 32U | low_));
    }
    void set_due(Instant due) noexcept {
      const auto bits = static_cast<std::uint64_t>(to_nanoseconds(due));
      low_ = static_cast<std::uint32_t>(bits);
      high_ = static_cast<std::uint32_t>(bits >> 32U);
    }
    std::uint32_t tally = 0;

   private:
    std::uint32_t low_ = 0;
    std::uint32_t high_ = 0;
  };
  /// An alarm: nanoseconds since the beginning of its coarse slot, then the caller. So alarms of
  /// one coarse slot are in order when these numbers are.
  using Alarm = std::uint64_t;
  [[nodiscard]] static constexpr std::uint32_t caller_of(Alarm alarm) noexcept {
    return static_cast<std::uint32_t>(alarm);
  }
  [[nodiscard]] std::uint64_t slot_of(Instant due) const noexcept;
  [[nodiscard]] Instant beginning_of(std::uint64_t slot) const noexcept {
    return origin_ + Duration{static_cast<Duration::rep>(slot << slot_bits)};
  }
  [[nodiscard]] std::uint64_t first_fine_slot() const noexcept { return turn_ << wheel_bits; }
  [[nodiscard]] Instant due_of(Alarm alarm) const noexcept {
    return beginning_of(first_fine_slot()) + Duration{static_cast<Duration::rep>(alarm >> 32U)};
  }
  void file(std::uint32_t caller, Instant due);
  [[nodiscard]] bool comes_later(std::uint32_t left, std::uint32_t right) const noexcept;
  [[nodiscard]] std::uint32_t take_sorted() noexcept;
  [[nodiscard]] std::uint32_t take_with_late_ones(Instant until);
  void open_slots(Instant until);
  void open(std::uint64_t slot);
  void begin_turn(std::uint64_t turn) noexcept;
  void spread(std::size_t coarse_slot);
  void file_far_ones();
  [[nodiscard]] std::uint32_t first_open() const noexcept;

  Instant origin_;
  std::vector<Caller> callers_;
  ChunkedLists lists_;
  TimingWheel fine_;
  TimingWheel coarse_;
  ChunkedLists::List far_;     // callers only
  Instant far_from_ = never;   // the earliest of them
  std::uint64_t opened_ = 0;   // fine slots before this one are open
  std::uint64_t turn_ = 0;     // the coarse slot that the fine wheel shows
  std::vector<Alarm> sorted_;  // of open slots of this turn, from `first_sorted_` on
  std::size_t first_sorted_ = 0;
  std::vector<std::uint32_t> late_;  // callers whose slot was open already; a heap
  Instant closed_from_ = never;      // no alarm in a slot that is not open is earlier
  bool closed_from_is_exact_ = true;
};

}  // namespace queuemeter
