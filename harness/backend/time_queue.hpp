// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/timing_wheel.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace queuemeter {

/// What a `TimeQueue` does about items that are due soon: nothing.
struct NoForesight {
  template <class Item>
  void operator()(const Item&) const noexcept {}
};

/// Items by the instant at which they are due, earliest first; equal instants in the order in
/// which they were pushed. Exact to the nanosecond, for tens of thousands of items that are due
/// within a tenth of a second or so; any others are as correct, and slower.
///
/// Each item stays in a numbered place of its own until it is let go; what is put in order are the
/// numbers. Those to come are in the slots of a wheel, 32.8 us each; the slot that is due next is
/// sorted, once, and its places are fetched into the cache. Items beyond the wheel's 134 ms wait in
/// a heap, and so do the few that are pushed into the slot at hand before others of it.
///
/// `Item` is small and trivially copyable. Allocates only when it holds more than ever before.
/// One thread at a time.
/// `Foresee` is called with each item some items before it comes to the front: time to fetch into
/// the cache what it belongs to.
template <class Item, class Foresee = NoForesight>
class TimeQueue {
 public:
  using Number = std::uint32_t;

  TimeQueue() { make_room(room_at_first); }

  /// Places for so many items, so that fewer do not allocate.
  void make_room(std::size_t items) {
    places_.reserve(items);
    lists_.reserve(items, std::min(items, TimingWheel::slots));
    sorted_.reserve(room_at_first);
    pushed_order_.reserve(room_at_first);
    early_.reserve(room_at_first);
    later_.reserve(room_at_first);
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == sorted_.size() && early_.empty(); }
  /// The earliest item, its place and its instant. The queue must not be empty.
  [[nodiscard]] Number front_number() const noexcept {
    return is_early_first() ? early_.front().number : number_of(sorted_[first_]);
  }
  [[nodiscard]] Item& front() noexcept { return places_[front_number()].item; }
  [[nodiscard]] Instant front_at() const noexcept {
    return is_early_first() ? early_.front().at : due_of(sorted_[first_]);
  }

  /// Puts an item into a place, and in order.
  Number push(Instant at, const Item& item) {
    const Number number = keep(item);
    const std::int64_t slot = slot_of(at);
    const std::int64_t ahead = slot - slot_at_hand_;
    if (ahead > 0 && ahead < wheel_slots) [[likely]] {
      wheel_.push(lists_, place_of(slot), entry(at, number));
    } else {
      push_out_of_turn(at, number);
    }
    return number;
  }
  /// Puts an item into a place only: it never comes to the front.
  Number keep(const Item& item) {
    const Number number = free_;
    if (number == none) {
      if (places_.size() == places_.capacity()) {
        make_room(2 * places_.size());
      }
      places_.push_back({item, none});
      return static_cast<Number>(places_.size() - 1);
    }
    free_ = places_[number].next_free;
    places_[number].item = item;
    return number;
  }

  /// Takes the earliest item out of the order; it keeps its place. The queue must not be empty.
  Number pull() {
    const Number number = front_number();
    if (is_early_first()) {
      pop_heap(early_);
    } else {
      ++first_;
      if (first_ + foresight < sorted_.size()) {
        foresee(first_ + foresight);
      }
    }
    if (empty()) {
      advance();
    }
    return number;
  }
  /// The place is free. Only for items that are not in the order any more.
  void let_go(Number number) noexcept {
    places_[number].next_free = free_;
    free_ = number;
  }
  /// Takes the earliest item out for good. The queue must not be empty.
  void pop() { let_go(pull()); }

  /// An item that is in its place.
  [[nodiscard]] Item& operator[](Number number) noexcept { return places_[number].item; }
  [[nodiscard]] const Item& operator[](Number number) const noexcept {
    return places_[number].item;
  }
  /// One more than the largest number in use so far.
  [[nodiscard]] Number places() const noexcept { return static_cast<Number>(places_.size()); }

 private:
  /// What is due in one slot: nanoseconds since its beginning, then the item's number.
  using Entry = std::uint64_t;
  struct Place {
    Item item;
    Number next_free;
  };
  struct Timed {
    Instant at;
    std::uint64_t order;
    Number number;
  };
  // A type, not a function: its calls are inlined into the heap's loops.
  struct IsLater {
    bool operator()(const Timed& left, const Timed& right) const noexcept {
      return left.at != right.at ? left.at > right.at : left.order > right.order;
    }
  };
  using Heap = std::vector<Timed>;

  /// What a light load may hold in a bad moment, so that a stall after the warm-up does not
  /// allocate.
  static constexpr std::size_t room_at_first = 256;
  static constexpr std::size_t foresight = 8;  // items
  static constexpr int width_bits = 15;        // a slot is 32,768 ns wide
  static constexpr auto wheel_slots = static_cast<std::int64_t>(TimingWheel::slots);
  /// Later than that of any instant: nothing is in order.
  static constexpr std::int64_t no_slot =
      (std::numeric_limits<std::int64_t>::max() >> width_bits) + 1;
  static constexpr Number none = std::numeric_limits<Number>::max();

  static void push_heap(Heap& heap, const Timed& timed) {
    heap.push_back(timed);
    std::push_heap(heap.begin(), heap.end(), IsLater{});
  }
  static void pop_heap(Heap& heap) noexcept {
    std::pop_heap(heap.begin(), heap.end(), IsLater{});
    heap.pop_back();
  }
  [[nodiscard]] static std::int64_t slot_of(Instant at) noexcept {
    return to_nanoseconds(at) >> width_bits;
  }
  [[nodiscard]] static std::size_t place_of(std::int64_t slot) noexcept {
    return static_cast<std::size_t>(slot) % TimingWheel::slots;
  }
  [[nodiscard]] static Entry entry(Instant at, Number number) noexcept {
    constexpr std::uint64_t in_slot = (std::uint64_t{1} << width_bits) - 1;
    return (static_cast<std::uint64_t>(to_nanoseconds(at)) & in_slot) << 32U | number;
  }
  [[nodiscard]] static Number number_of(Entry entry) noexcept { return static_cast<Number>(entry); }
  [[nodiscard]] Instant due_of(Entry entry) const noexcept {
    return instant_from_nanoseconds((slot_at_hand_ << width_bits) +
                                    static_cast<std::int64_t>(entry >> 32U));
  }

  /// Whether the front is one of those that were pushed too late to be sorted.
  [[nodiscard]] bool is_early_first() const noexcept {
    return !early_.empty() &&
           (first_ == sorted_.size() || early_.front().at < due_of(sorted_[first_]));
  }

  /// What does not go into the wheel: it is due in the slot at hand or before, or very late, or
  /// there is no slot at hand.
  void push_out_of_turn(Instant at, Number number) {
    if (empty()) {
      slot_at_hand_ = slot_of(at);
    }
    const std::int64_t ahead = slot_of(at) - slot_at_hand_;
    if (ahead == 0 && early_.empty() && (empty() || at >= due_of(sorted_.back()))) {
      append(entry(at, number));
    } else {
      push_heap(ahead > 0 ? later_ : early_, {at, ++pushed_, number});
    }
  }

  void append(Entry entry) {
    // What was taken goes when it is the larger part, so that its removal costs next to nothing.
    if (first_ > 0 && first_ >= sorted_.size() / 2) {
      sorted_.erase(sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    sorted_.push_back(entry);
  }

  /// Moves on to the next slot that holds something; nothing of the slot at hand is left.
  void advance() {
    std::int64_t next = wheel_.empty() ? no_slot : next_in_wheel();
    if (!later_.empty()) {
      next = std::min(next, slot_of(later_.front().at));
    }
    slot_at_hand_ = next;
    if (next == no_slot) {
      return;
    }
    // At every move, so that of one slot those who come from here were pushed before all others.
    while (!later_.empty() && slot_of(later_.front().at) - slot_at_hand_ < wheel_slots) {
      const Timed timed = later_.front();
      pop_heap(later_);
      wheel_.push(lists_, place_of(slot_of(timed.at)), entry(timed.at, timed.number));
    }
    open(place_of(next));
  }

  /// The first slot after the one at hand that holds something; the wheel is not empty.
  [[nodiscard]] std::int64_t next_in_wheel() const noexcept {
    const std::size_t from = place_of(slot_at_hand_ + 1);
    std::size_t place = wheel_.find(from);
    if (place == TimingWheel::slots) {
      place = wheel_.find(0);
    }
    return slot_at_hand_ + 1 + static_cast<std::int64_t>((place - from) % TimingWheel::slots);
  }

  void open(std::size_t place) {
    sorted_.clear();
    first_ = 0;
    lists_.take(wheel_.emptied(place), sorted_);
    for (const Entry entry : sorted_) {
      __builtin_prefetch(&places_[number_of(entry)], 1);
    }
    sort();
    for (std::size_t index = 0; index <= std::min(foresight, sorted_.size() - 1); ++index) {
      foresee(index);
    }
  }

  /// By their instants; equal ones stay in the order of pushing. With equal service times all are
  /// in order already.
  void sort() {
    if (std::is_sorted(sorted_.begin(), sorted_.end(),
                       [](Entry left, Entry right) { return left >> 32U < right >> 32U; })) {
      return;
    }
    pushed_order_.clear();
    for (Entry& entry : sorted_) {
      const Entry position = pushed_order_.size();
      pushed_order_.push_back(number_of(entry));
      entry = (entry >> 32U << 32U) | position;
    }
    std::sort(sorted_.begin(), sorted_.end());
    for (Entry& entry : sorted_) {
      entry = (entry >> 32U << 32U) | pushed_order_[number_of(entry)];
    }
  }

  void foresee(std::size_t index) noexcept { Foresee{}(places_[number_of(sorted_[index])].item); }

  std::vector<Place> places_;
  Number free_ = none;
  std::vector<Entry> sorted_;  // of the slot at hand, from `first_` on
  std::size_t first_ = 0;
  std::vector<Number> pushed_order_;  // while sorting
  Heap early_;                        // due before others that were sorted already
  Heap later_;                        // beyond the wheel
  std::int64_t slot_at_hand_ = no_slot;
  ChunkedLists lists_;
  TimingWheel wheel_;
  std::uint64_t pushed_ = 0;  // to the heaps
};

}  // namespace queuemeter
