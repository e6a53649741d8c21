// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
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
/// A heap of 10,000 items misses the cache on its way down. Here the items to come are in a wheel
/// of unsorted buckets, 32.8 us each, of which only the one that is due next is made a heap; a
/// bitmap skips the empty ones. Items beyond the wheel's 134 ms wait in a heap of their own.
/// `Item` is small and trivially copyable. Allocates only when it holds more than ever before.
/// One thread at a time.
/// `Foresee` is called with each item some microseconds before it comes to the front: time to fetch
/// into the cache what it belongs to.
template <class Item, class Foresee = NoForesight>
class TimeQueue {
 public:
  explicit TimeQueue(Foresee foresee = {}) : foresee_{foresee} {
    due_.reserve(room_at_first);
    later_.reserve(room_at_first);
    nodes_.reserve(room_at_first);
  }

  [[nodiscard]] bool empty() const noexcept { return due_.empty(); }
  /// The earliest item and its instant. The queue must not be empty.
  [[nodiscard]] Instant front_at() const noexcept { return due_.front().at; }
  [[nodiscard]] const Item& front() const noexcept { return due_.front().item; }

  void push(Instant at, Item item) {
    const Entry entry{at, ++pushed_, item};
    const std::int64_t bucket = bucket_of(at);
    if (empty()) {
      cursor_ = bucket;
    }
    if (bucket <= cursor_) {
      push_heap(due_, entry);
    } else if (bucket - cursor_ < wheel_size) {
      put_into_wheel(bucket, entry);
    } else {
      push_heap(later_, entry);
    }
  }

  /// Removes the earliest item. The queue must not be empty.
  void pop() {
    pop_heap(due_);
    if (due_.empty() && (in_wheel_ > 0 || !later_.empty())) {
      advance();
    }
  }

 private:
  struct Entry {
    Instant at;
    std::uint64_t order;
    Item item;
  };
  // A type, not a function: its calls are inlined into the heap's loops.
  struct IsLater {
    bool operator()(const Entry& left, const Entry& right) const noexcept {
      return left.at != right.at ? left.at > right.at : left.order > right.order;
    }
  };
  struct Node {
    Entry entry;
    std::uint32_t next;
  };
  using Heap = std::vector<Entry>;

  /// What a light load may hold in a bad moment, so that a stall after the warm-up does not
  /// allocate.
  static constexpr std::size_t room_at_first = 256;
  static constexpr int bucket_bits = 15;  // 32,768 ns
  static constexpr std::int64_t wheel_size = 4096;
  static constexpr std::size_t words = wheel_size / 64;
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  static void push_heap(Heap& heap, const Entry& entry) {
    heap.push_back(entry);
    std::push_heap(heap.begin(), heap.end(), IsLater{});
  }
  static void pop_heap(Heap& heap) noexcept {
    std::pop_heap(heap.begin(), heap.end(), IsLater{});
    heap.pop_back();
  }
  [[nodiscard]] static std::int64_t bucket_of(Instant at) noexcept {
    return to_nanoseconds(at) >> bucket_bits;
  }
  [[nodiscard]] static std::size_t place_of(std::int64_t bucket) noexcept {
    return static_cast<std::size_t>(bucket) & (wheel_size - 1);
  }

  void put_into_wheel(std::int64_t bucket, const Entry& entry) {
    std::uint32_t number = free_;
    if (number == none) {
      number = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({entry, none});
    } else {
      free_ = nodes_[number].next;
      nodes_[number].entry = entry;
    }
    const std::size_t place = place_of(bucket);
    nodes_[number].next = heads_[place];
    heads_[place] = number;
    bits_[place / 64] |= std::uint64_t{1} << (place % 64);
    word_bits_ |= std::uint64_t{1} << (place / 64);
    ++in_wheel_;
  }

  /// Moves on to the next bucket that holds something. `due_` is empty, the queue is not.
  void advance() {
    std::int64_t next = in_wheel_ > 0 ? next_in_wheel() : std::numeric_limits<std::int64_t>::max();
    if (!later_.empty()) {
      next = std::min(next, bucket_of(later_.front().at));
    }
    cursor_ = next;
    empty_bucket(place_of(next));
    while (!later_.empty() && bucket_of(later_.front().at) - cursor_ < wheel_size) {
      const Entry entry = later_.front();
      pop_heap(later_);
      const std::int64_t bucket = bucket_of(entry.at);
      if (bucket <= cursor_) {
        due_.push_back(entry);
      } else {
        put_into_wheel(bucket, entry);
      }
    }
    std::make_heap(due_.begin(), due_.end(), IsLater{});
  }

  /// The first bucket after the cursor that holds something; the wheel is not empty.
  [[nodiscard]] std::int64_t next_in_wheel() const noexcept {
    const std::size_t from = place_of(cursor_ + 1);
    const std::size_t word = from / 64;
    const std::uint64_t rest = bits_[word] & (~std::uint64_t{0} << (from % 64));
    if (rest != 0) {
      return bucket_at(word * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
    }
    // Words after this one, then around to it again, whose lower bits come last.
    const auto turn = static_cast<int>((word + 1) % words);
    const std::uint64_t turned = std::rotr(word_bits_, turn);
    const std::size_t next =
        (static_cast<std::size_t>(std::countr_zero(turned)) + static_cast<std::size_t>(turn)) %
        words;
    return bucket_at(next * 64 + static_cast<std::size_t>(std::countr_zero(bits_[next])));
  }
  /// The one bucket at this place of the wheel that is after the cursor.
  [[nodiscard]] std::int64_t bucket_at(std::size_t place) const noexcept {
    const auto ahead = static_cast<std::int64_t>((place - place_of(cursor_)) & (wheel_size - 1));
    return cursor_ + ahead;
  }

  void empty_bucket(std::size_t place) {
    for (std::uint32_t number = std::exchange(heads_[place], none); number != none; --in_wheel_) {
      Node& node = nodes_[number];
      due_.push_back(node.entry);
      foresee_(node.entry.item);
      const std::uint32_t next = std::exchange(node.next, free_);
      free_ = number;
      number = next;
    }
    bits_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    if (bits_[place / 64] == 0) {
      word_bits_ &= ~(std::uint64_t{1} << (place / 64));
    }
  }

  static std::array<std::uint32_t, wheel_size> no_heads() noexcept {
    std::array<std::uint32_t, wheel_size> heads{};
    heads.fill(none);
    return heads;
  }

  [[no_unique_address]] Foresee foresee_;
  Heap due_;                 // the bucket at the cursor, and whatever was pushed before it
  Heap later_;               // beyond the wheel
  std::int64_t cursor_ = 0;  // the bucket that `due_` is of
  std::vector<Node> nodes_;
  std::uint32_t free_ = none;
  std::size_t in_wheel_ = 0;
  std::array<std::uint32_t, wheel_size> heads_ = no_heads();
  std::array<std::uint64_t, words> bits_{};  // which buckets hold something
  std::uint64_t word_bits_ = 0;              // which words of `bits_` do
  std::uint64_t pushed_ = 0;
};

}  // namespace queuemeter
