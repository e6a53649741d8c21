// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace queuemeter {

/// Many lists of 64-bit numbers in one store, in chunks of a cache line: seven numbers are fetched
/// at once, where a list of nodes waits for each. One thread.
class ChunkedLists {
 public:
  /// A list of the store, by its latest chunk. Copies of it are the same list only until one of
  /// them changes.
  class List {
   public:
    [[nodiscard]] bool empty() const noexcept { return chunk_ == no_chunk; }

   private:
    friend class ChunkedLists;
    std::uint32_t chunk_ = no_chunk;
  };

  /// Room for `numbers` in `lists` of them that are not empty at the same time, so that `push` does
  /// not allocate.
  void reserve(std::size_t numbers, std::size_t lists) {
    chunks_.reserve(numbers / Chunk::most + lists + 1);
  }

  void push(List& list, std::uint64_t number) {
    if (list.empty() || chunks_[list.chunk_].count == Chunk::most) [[unlikely]] {
      list.chunk_ = fresh_chunk(list.chunk_);
    }
    Chunk& chunk = chunks_[list.chunk_];
    chunk.numbers[chunk.count++] = number;
  }
  [[nodiscard]] std::size_t size(const List& list) const noexcept;
  [[nodiscard]] std::uint64_t smallest(const List& list) const noexcept;
  /// Empties the list behind `into`, in the order in which its numbers were pushed.
  void take(List& list, std::vector<std::uint64_t>& into);
  /// Empties the list, in no particular order. `visit` may push to any list, this one included.
  template <class Visit>
  void empty(List& list, Visit&& visit) {
    for (std::uint32_t number = std::exchange(list.chunk_, no_chunk); number != no_chunk;) {
      const Chunk chunk = chunks_[number];  // a copy: the chunk may be used again at once
      let_go(number);
      for (std::uint32_t index = 0; index < chunk.count; ++index) {
        visit(chunk.numbers[index]);
      }
      number = chunk.next;
    }
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return chunks_.capacity() * sizeof(Chunk); }

 private:
  static constexpr std::uint32_t no_chunk = UINT32_MAX;
  struct alignas(64) Chunk {
    static constexpr std::uint32_t most = 7;
    std::array<std::uint64_t, most> numbers{};
    std::uint32_t count = 0;
    std::uint32_t next = no_chunk;  // of the same list, all of them full; or of the free ones
  };

  [[nodiscard]] std::uint32_t fresh_chunk(std::uint32_t next);
  void let_go(std::uint32_t number) noexcept {
    chunks_[number].next = std::exchange(free_, number);
  }

  std::vector<Chunk> chunks_;
  std::uint32_t free_ = no_chunk;
};

/// The slots of a timing wheel: a list each, and a bitmap that skips those that are empty.
/// One thread.
class TimingWheel {
 public:
  static constexpr unsigned slot_bits = 12;
  static constexpr std::size_t slots = std::size_t{1} << slot_bits;

  void push(ChunkedLists& lists, std::size_t slot, std::uint64_t number) {
    if (lists_[slot].empty()) {
      used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
      used_words_ |= std::uint64_t{1} << (slot / 64);
    }
    lists.push(lists_[slot], number);
  }
  [[nodiscard]] bool empty() const noexcept { return used_words_ == 0; }
  /// The first slot from `from` on that is not empty; `slots` when there is none.
  [[nodiscard]] std::size_t find(std::size_t from) const noexcept;
  /// To look at.
  [[nodiscard]] const ChunkedLists::List& operator[](std::size_t slot) const noexcept {
    return lists_[slot];
  }
  /// To be emptied: the slot counts as empty from now on.
  [[nodiscard]] ChunkedLists::List& emptied(std::size_t slot) noexcept;

 private:
  std::array<ChunkedLists::List, slots> lists_;
  std::array<std::uint64_t, slots / 64> used_{};
  std::uint64_t used_words_ = 0;  // which of `used_` are not 0
};

}  // namespace queuemeter
