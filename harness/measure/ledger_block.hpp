// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/measure/ledger_code.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace queuemeter {

/// The calls of one settler among 4,096 neighbouring sequences, a byte each, eight to a word.
///
/// Written by the settler that owns it, read by the tick thread. `next` belongs to whoever has the
/// block in hand: a block is in one mailbox at a time.
struct LedgerBlock {
  static constexpr std::size_t calls = 4096;
  static constexpr std::size_t calls_per_word = 8;
  static constexpr std::size_t word_count = calls / calls_per_word;

  /// What a block in a mailbox is sent for.
  enum class Errand : std::uint8_t {
    announce,  ///< to the tick thread: in use from now on
    finish,    ///< to the settler: every call is settled, let go of it
    release,   ///< to the tick thread: will not be written any more
    reuse      ///< to the settler: accounted for, empty it and use it again
  };

  std::array<std::atomic<std::uint64_t>, word_count> words{};
  /// How many of its calls are in doubt, and keep it from being finished.
  std::atomic<std::uint32_t> in_doubt{0};
  std::uint64_t number = 0;  ///< sequence ÷ 4,096; written before it is announced
  Errand errand = Errand::announce;
  LedgerBlock* next = nullptr;

  [[nodiscard]] static constexpr std::uint64_t number_of(std::uint64_t sequence) noexcept {
    return sequence / calls;
  }
  // Neighbours are in different words: calls that settle one after the other then do not wait for
  // each other's store to the same word.
  [[nodiscard]] static constexpr std::size_t word_of(std::uint64_t sequence) noexcept {
    return static_cast<std::size_t>(sequence % word_count);
  }
  [[nodiscard]] static constexpr unsigned shift_of(std::uint64_t sequence) noexcept {
    return static_cast<unsigned>(sequence / word_count % calls_per_word) * 8U;
  }
  void clear() noexcept;
};

/// Blocks on their way from one thread to one other. Lock-free; allocates nothing, as the blocks
/// themselves are the links; and bounded by how many blocks exist.
class LedgerMailbox {
 public:
  /// Any number of senders.
  void send(LedgerBlock& block) noexcept {
    LedgerBlock* head = head_.load(std::memory_order_relaxed);
    do {
      block.next = head;
      // Pairs with the acquire in take_all(): what was written to the block arrives with it.
    } while (!head_.compare_exchange_weak(head, &block, std::memory_order_release,
                                          std::memory_order_relaxed));
  }
  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_relaxed) == nullptr;
  }
  /// Everything that was sent, linked by `next`, the latest first. One receiver.
  [[nodiscard]] LedgerBlock* take_all() noexcept {
    return head_.exchange(nullptr, std::memory_order_acquire);
  }

 private:
  std::atomic<LedgerBlock*> head_{nullptr};
};

/// A settler's own blocks by number: open addressing, at most half full. One thread.
class LedgerBlockTable {
 public:
  LedgerBlockTable() : slots_(initial_slots, nullptr) {}

  [[nodiscard]] LedgerBlock* find(std::uint64_t number) const noexcept;
  /// `block.number` must not be in the table yet.
  void insert(LedgerBlock& block);
  void erase(const LedgerBlock& block) noexcept;

 private:
  static constexpr std::size_t initial_slots = 64;
  [[nodiscard]] std::size_t home_of(std::uint64_t number) const noexcept {
    // Numbers in use are neighbours, so their low bits spread them perfectly.
    return static_cast<std::size_t>(number) & (slots_.size() - 1);
  }
  void grow();

  std::vector<LedgerBlock*> slots_;
  std::size_t size_ = 0;
};

/// Which blocks are finished, for settlers that do not hold them: a bit each, in segments made by
/// the tick thread as the run goes on. Written by the tick thread, read by any.
class FinishedBlocks {
 public:
  /// 2^41 calls: a month at 800,000 calls/s.
  static constexpr std::uint64_t block_limit = std::uint64_t{1} << 29U;

  FinishedBlocks() : segments_(block_limit / blocks_per_segment) {}

  void insert(std::uint64_t number);
  [[nodiscard]] bool contains(std::uint64_t number) const noexcept;

 private:
  static constexpr std::size_t words_per_segment = 512;
  static constexpr std::size_t blocks_per_segment = words_per_segment * 64;
  using Segment = std::array<std::atomic<std::uint64_t>, words_per_segment>;

  std::vector<std::atomic<Segment*>> segments_;
  std::vector<std::unique_ptr<Segment>> owned_;
};

}  // namespace queuemeter
