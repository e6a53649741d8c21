// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace queuemeter {

/// From a key to a number: open addressing with linear probing; it never holds tombstones, so its
/// speed does not decay. Allocates only when it holds more than ever before. `empty` is no key.
/// One thread.
template <class Key, Key empty>
class ProbingIndex {
 public:
  using Number = std::uint32_t;
  static constexpr Number nothing = std::numeric_limits<Number>::max();

  /// Room for so many keys before it grows.
  explicit ProbingIndex(std::size_t keys = 256) : slots_(std::bit_ceil(keys * 2)) {}

  /// `key` must not be in the index.
  void insert(Key key, Number number) {
    if ((size_ + 1) * 2 > slots_.size()) {
      grow();
    }
    Slot& slot = slots_[locate(key)];
    assert(slot.key == empty && "a key is in the index once");
    slot = Slot{key, number};
    ++size_;
  }
  /// `nothing` when it is not in the index.
  [[nodiscard]] Number find(Key key) const noexcept { return slots_[locate(key)].number; }
  /// `key` must be in the index.
  // Moves later members of the probe chain into the gap, so that no tombstone is needed.
  // Source: Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R.
  void erase(Key key) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t gap = locate(key);
    assert(slots_[gap].key == key);
    for (std::size_t at = (gap + 1) & mask; slots_[at].key != empty; at = (at + 1) & mask) {
      const std::size_t distance_home = (at - home(slots_[at].key)) & mask;
      if (distance_home >= ((at - gap) & mask)) {
        slots_[gap] = slots_[at];
        gap = at;
      }
    }
    slots_[gap] = Slot{};
    --size_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Slot {
    Key key = empty;
    Number number = nothing;
  };

  [[nodiscard]] std::size_t home(Key key) const noexcept {
    // Fibonacci hashing: the upper bits of the product are well mixed.
    constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15U;
    const int bits = std::countr_zero(slots_.size());
    return static_cast<std::size_t>((std::bit_cast<std::uint64_t>(key) * golden_ratio) >>
                                    (64 - bits));
  }
  [[nodiscard]] std::size_t locate(Key key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = home(key);
    while (slots_[at].key != empty && slots_[at].key != key) {
      at = (at + 1) & mask;
    }
    return at;
  }
  void grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& slot : old) {
      if (slot.key != empty) {
        slots_[locate(slot.key)] = slot;
      }
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace queuemeter
