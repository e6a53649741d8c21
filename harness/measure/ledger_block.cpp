// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/ledger_block.hpp"

#include <utility>

namespace queuemeter {

void LedgerBlock::clear() noexcept {
  for (std::atomic<std::uint64_t>& word : words) {
    word.store(0, std::memory_order_relaxed);
  }
  in_doubt.store(0, std::memory_order_relaxed);
}

LedgerBlock* LedgerBlockTable::find(std::uint64_t number) const noexcept {
  std::size_t at = home_of(number);
  while (slots_[at] != nullptr && slots_[at]->number != number) {
    at = (at + 1) & (slots_.size() - 1);
  }
  return slots_[at];
}

void LedgerBlockTable::insert(LedgerBlock& block) {
  if (2 * (size_ + 1) > slots_.size()) {
    grow();
  }
  std::size_t at = home_of(block.number);
  while (slots_[at] != nullptr) {
    at = (at + 1) & (slots_.size() - 1);
  }
  slots_[at] = &block;
  ++size_;
}

void LedgerBlockTable::erase(const LedgerBlock& block) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = home_of(block.number);
  while (slots_[hole] != &block) {
    hole = (hole + 1) & mask;
  }
  slots_[hole] = nullptr;
  --size_;
  // Whoever was pushed past the hole moves into it, so that no search ends there too early.
  for (std::size_t at = (hole + 1) & mask; slots_[at] != nullptr; at = (at + 1) & mask) {
    const std::size_t pushed_by = (at - home_of(slots_[at]->number)) & mask;
    if (pushed_by >= ((at - hole) & mask)) {
      slots_[hole] = std::exchange(slots_[at], nullptr);
      hole = at;
    }
  }
}

void LedgerBlockTable::grow() {
  const std::vector<LedgerBlock*> old =
      std::exchange(slots_, std::vector<LedgerBlock*>(2 * slots_.size(), nullptr));
  size_ = 0;
  for (LedgerBlock* const block : old) {
    if (block != nullptr) {
      insert(*block);
    }
  }
}

void FinishedBlocks::insert(std::uint64_t number) {
  std::atomic<Segment*>& segment = segments_[number / blocks_per_segment];
  if (segment.load(std::memory_order_relaxed) == nullptr) {
    // Pairs with the acquire in contains(): a segment is seen empty, never unmade.
    segment.store(owned_.emplace_back(std::make_unique<Segment>()).get(),
                  std::memory_order_release);
  }
  std::atomic<std::uint64_t>& word =
      (*segment.load(std::memory_order_relaxed))[number % blocks_per_segment / 64];
  word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (number % 64),
             std::memory_order_relaxed);
}

bool FinishedBlocks::contains(std::uint64_t number) const noexcept {
  if (number >= block_limit) {
    return true;
  }
  const Segment* const segment =
      segments_[number / blocks_per_segment].load(std::memory_order_acquire);
  if (segment == nullptr) {
    return false;
  }
  const std::uint64_t word =
      (*segment)[number % blocks_per_segment / 64].load(std::memory_order_relaxed);
  return (word >> (number % 64) & 1U) != 0;
}

}  // namespace queuemeter
