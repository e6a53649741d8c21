// SPDX-License-Identifier: Apache-2.0
#include "harness/call/timing_wheel.hpp"

#include <algorithm>

namespace queuemeter {

std::size_t ChunkedLists::size(const List& list) const noexcept {
  std::size_t size = 0;
  for (std::uint32_t number = list.chunk_; number != no_chunk; number = chunks_[number].next) {
    size += chunks_[number].count;
  }
  return size;
}

std::uint64_t ChunkedLists::smallest(const List& list) const noexcept {
  std::uint64_t smallest = UINT64_MAX;
  for (std::uint32_t number = list.chunk_; number != no_chunk; number = chunks_[number].next) {
    const Chunk& chunk = chunks_[number];
    smallest = std::min(
        smallest, *std::min_element(chunk.numbers.begin(), chunk.numbers.begin() + chunk.count));
  }
  return smallest;
}

void ChunkedLists::take(List& list, std::vector<std::uint64_t>& into) {
  into.resize(into.size() + size(list));
  auto end = into.end();
  for (std::uint32_t number = std::exchange(list.chunk_, no_chunk); number != no_chunk;) {
    const Chunk& chunk = chunks_[number];
    end = std::copy_backward(chunk.numbers.begin(), chunk.numbers.begin() + chunk.count, end);
    const std::uint32_t next = chunk.next;
    let_go(number);
    number = next;
  }
}

std::uint32_t ChunkedLists::fresh_chunk(std::uint32_t next) {
  std::uint32_t number = free_;
  if (number == no_chunk) {
    number = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
  } else {
    free_ = chunks_[number].next;
  }
  chunks_[number].count = 0;
  chunks_[number].next = next;
  return number;
}

std::size_t TimingWheel::find(std::size_t from) const noexcept {
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

ChunkedLists::List& TimingWheel::emptied(std::size_t slot) noexcept {
  used_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  if (used_[slot / 64] == 0) {
    used_words_ &= ~(std::uint64_t{1} << (slot / 64));
  }
  return lists_[slot];
}

}  // namespace queuemeter
