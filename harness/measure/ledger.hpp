// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/outcome.hpp"
#include "harness/measure/ledger_block.hpp"
#include "harness/measure/ledger_code.hpp"
#include "harness/measure/tick.hpp"

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace queuemeter {

/// The exact account of a run: every planned call is counted under one outcome, once, whoever
/// settles it and however often.
///
/// Planners count what is planned and offered; settlers keep a byte per call, in blocks of 4,096
/// that are dropped once all their calls are settled, so that memory follows what is in flight.
/// What arrives for a dropped block is a duplicate. Settling neither locks nor waits, and allocates
/// only while more calls are in flight than ever before.
/// Why a byte: docs/decisions/0001-a-byte-per-call-in-the-ledger.md.
///
/// `add_planner` and `add_settler` are thread-safe; each planner and settler belongs to one thread;
/// `merge` and what it says it computed belong to the tick thread.
class Ledger {
 public:
  /// Full blocks that are kept because they hold calls in doubt. Beyond it the oldest is dropped,
  /// and its calls in doubt stay in doubt: `no_longer_correctable()`.
  static constexpr std::size_t in_doubt_block_limit = 1024;
  /// Sequences must be below this.
  static constexpr std::uint64_t sequence_limit = FinishedBlocks::block_limit * LedgerBlock::calls;

  class Planner;
  class Settler;

  Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  /// Before or during the run; they live as long as the ledger.
  [[nodiscard]] Planner& add_planner();
  [[nodiscard]] Settler& add_settler();

  /// The account as it stands, by phase. `in_flight()` of it is never below 0. While settlers are
  /// at work, a call that two of them settle in this moment may be missing; nothing is when they
  /// rest. Also drops blocks. Tick thread.
  [[nodiscard]] std::array<LedgerCounts, phase_count> merge();

  /// Blocks in use, of all settlers, as the last merge found them. Tick thread.
  [[nodiscard]] std::size_t live_blocks() const noexcept;
  /// Blocks ever made, in use or waiting to be used again. Any thread.
  [[nodiscard]] std::size_t allocated_blocks() const noexcept {
    return allocated_blocks_.load(std::memory_order_relaxed);
  }
  /// Calls in doubt whose block was dropped. Tick thread.
  [[nodiscard]] std::uint64_t no_longer_correctable() const noexcept {
    return no_longer_correctable_;
  }

 private:
  using Counts = std::array<LedgerCounts, phase_count>;
  using Counter = std::atomic<std::uint64_t>;
  using PhaseCounters = std::array<Counter, phase_count>;

  struct Holding {
    LedgerBlock* block = nullptr;
    Settler* settler = nullptr;
    bool released = false;
  };
  /// One block number and the settlers that hold a block of it. Tick thread.
  struct Entry {
    std::uint64_t number = 0;
    std::vector<Holding> holdings;
    std::size_t full_words = 0;  // how many words from the first on were found full
    bool finished = false;
    bool straggler = false;  // the block had been dropped before: all of it is duplicates
  };

  // One writer. The release pairs with the acquire in read(): what happened before a call was
  // counted is visible to whoever reads the count.
  static void increase(Counter& counter, std::uint64_t times) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + times, std::memory_order_release);
  }
  [[nodiscard]] static std::int64_t read(const Counter& counter) noexcept {
    return static_cast<std::int64_t>(counter.load(std::memory_order_acquire));
  }

  [[nodiscard]] Entry& entry_of(std::uint64_t number);
  void collect(Settler& settler);
  void accept(LedgerBlock& block, Settler& settler);
  [[nodiscard]] static bool is_full(Entry& entry);
  [[nodiscard]] static std::uint32_t calls_in_doubt(const Entry& entry);
  void finish(Entry& entry);
  void finish_full_blocks();
  static void count_conflicts(const Entry& entry, Counts& corrections);
  static void resolve(const Entry& entry, std::size_t index, unsigned shift, Counts& corrections);
  void recycle(Entry& entry);

  mutable std::mutex mutex_;  // guards planners_ and settlers_
  std::vector<std::unique_ptr<Planner>> planners_;
  std::vector<std::unique_ptr<Settler>> settlers_;

  FinishedBlocks finished_;
  std::atomic<std::size_t> allocated_blocks_{0};

  // Tick thread.
  std::vector<Entry> entries_;                        // by number
  std::vector<std::vector<Holding>> spare_holdings_;  // emptied, their memory is used again
  Counts settled_conflicts_{};                        // of blocks that are gone
  std::uint64_t no_longer_correctable_ = 0;
};

/// One thread's account of what it plans and offers.
class alignas(128) Ledger::Planner {
 public:
  /// Count a call as planned before it can be settled.
  void planned(Phase phase, std::uint64_t n = 1) noexcept {
    increase(planned_[static_cast<std::size_t>(phase)], n);
  }
  void offered(Phase phase, std::uint64_t n = 1) noexcept {
    increase(offered_[static_cast<std::size_t>(phase)], n);
  }

 private:
  friend class Ledger;
  PhaseCounters planned_{};
  PhaseCounters offered_{};
};

/// One thread's account of the calls that it settles.
class alignas(128) Ledger::Settler {
 public:
  explicit Settler(Ledger& ledger) : ledger_{ledger} {}
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

  /// Gives a planned call its outcome. False when this settler did so before or the block is gone:
  /// counted as duplicated. What two settlers settle is found by `Ledger::merge`. A completed call
  /// keeps no reason, and only a completed call can be late.
  bool settle(std::uint64_t sequence, Phase phase, Outcome outcome, Reason reason,
              bool late = false) noexcept {
    LedgerBlock* const block = block_of(sequence);
    if (block == nullptr) [[unlikely]] {
      duplicated(phase);
      return false;
    }
    std::atomic<std::uint64_t>& word = block->words[LedgerBlock::word_of(sequence)];
    const unsigned shift = LedgerBlock::shift_of(sequence);
    const std::uint64_t before = word.load(std::memory_order_relaxed);
    if (((before >> shift) & 0xFFU) != 0) [[unlikely]] {
      duplicated(phase);
      return false;
    }
    const LedgerCode code{phase, outcome, reason, late};
    if (is_in_doubt(outcome)) [[unlikely]] {
      change_doubt(*block, 1);
    }
    // Pairs with the acquire in Ledger::is_full(): a full block shows its calls in doubt.
    word.store(before | std::uint64_t{code.byte()} << shift, std::memory_order_release);
    increase(by_code_[code.byte()], 1);
    return true;
  }

  /// Replaces the outcome of a call that this settler settled; a completion of what was unknown or
  /// rejected counts as a phantom. False when there is nothing to replace: another settler's call,
  /// or its block is gone (blocks with calls in doubt stay, see `in_doubt_block_limit`).
  bool correct(std::uint64_t sequence, Outcome to, Reason reason, bool late = false) noexcept;

  // Side counts: they describe calls that are counted elsewhere.
  void reordered(Phase phase, std::uint64_t n = 1) noexcept { side(reordered_, phase, n); }
  void redelivered(Phase phase, std::uint64_t n = 1) noexcept { side(redelivered_, phase, n); }
  void retried(Phase phase, std::uint64_t n = 1) noexcept { side(retried_, phase, n); }
  void wasted(Phase phase, std::uint64_t n = 1) noexcept { side(wasted_, phase, n); }
  void duplicated(Phase phase, std::uint64_t n = 1) noexcept { side(duplicated_, phase, n); }

  /// What this settler alone has settled, by phase; `planned` and `offered` follow from it. When
  /// nothing is in flight any more, the counts of all settlers add up to the ledger's, but for
  /// calls that two of them settled. Any thread.
  [[nodiscard]] std::array<LedgerCounts, phase_count> counts() const noexcept;

 private:
  friend class Ledger;
  static constexpr std::uint64_t no_block = ~std::uint64_t{0};

  static void side(PhaseCounters& counters, Phase phase, std::uint64_t n) noexcept {
    increase(counters[static_cast<std::size_t>(phase)], n);
  }
  static void change_doubt(LedgerBlock& block, std::int32_t by) noexcept;

  /// The block to write to; null when it is finished.
  [[nodiscard]] LedgerBlock* block_of(std::uint64_t sequence) noexcept {
    const std::uint64_t number = LedgerBlock::number_of(sequence);
    if (number == current_number_) [[likely]] {
      return current_;
    }
    return open_block(number);
  }
  [[nodiscard]] LedgerBlock* open_block(std::uint64_t number) noexcept;
  void read_mail() noexcept;
  [[nodiscard]] LedgerBlock& new_block();
  void read_counts(Counts& counts) const noexcept;

  // The settler's thread.
  std::uint64_t current_number_ = no_block;
  LedgerBlock* current_ = nullptr;
  Ledger& ledger_;
  LedgerBlockTable table_;
  LedgerBlock* spare_ = nullptr;  // blocks to use again, linked by `next`
  std::vector<std::unique_ptr<LedgerBlock>> owned_;

  // Written by the settler's thread, read by the tick thread.
  std::array<Counter, LedgerCode::count> by_code_{};
  Counter corrections_{0};  // odd while a correction is being made
  PhaseCounters duplicated_{}, reordered_{}, redelivered_{}, retried_{}, phantom_{}, wasted_{};

  LedgerMailbox to_tick_;
  LedgerMailbox to_settler_;
};

}  // namespace queuemeter
