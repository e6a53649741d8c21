// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/ledger.hpp"

#include <thread>

namespace queuemeter {

namespace {

using CodeCounts = std::array<std::int64_t, LedgerCode::count>;

void add_code(LedgerCounts& counts, LedgerCode code, std::int64_t calls) noexcept {
  counts.outcomes[static_cast<std::size_t>(code.outcome())] += calls;
  if (code.reason() != Reason::none) {
    counts.reasons[static_cast<std::size_t>(code.reason())] += calls;
  }
  if (code.late()) {
    counts.late += calls;
  }
}

}  // namespace

bool Ledger::Settler::correct(std::uint64_t sequence, Outcome to, Reason reason,
                              bool late) noexcept {
  LedgerBlock* const block = table_.find(LedgerBlock::number_of(sequence));
  if (block == nullptr) {
    return false;
  }
  std::atomic<std::uint64_t>& word = block->words[LedgerBlock::word_of(sequence)];
  const unsigned shift = LedgerBlock::shift_of(sequence);
  const std::uint64_t before = word.load(std::memory_order_relaxed);
  const LedgerCode old{static_cast<std::uint8_t>(before >> shift & 0xFFU)};
  if (!old.is_settled()) {
    return false;
  }
  const LedgerCode corrected{old.phase(), to, reason, late};
  const std::uint64_t others = before & ~(std::uint64_t{0xFF} << shift);
  change_doubt(*block, (is_in_doubt(to) ? 1 : 0) - (is_in_doubt(old.outcome()) ? 1 : 0));
  word.store(others | std::uint64_t{corrected.byte()} << shift, std::memory_order_release);

  // A reader between the two would miss the call, or see it twice; it waits for an even number.
  increase(corrections_, 1);
  by_code_[old.byte()].store(by_code_[old.byte()].load(std::memory_order_relaxed) - 1,
                             std::memory_order_release);
  increase(by_code_[corrected.byte()], 1);
  if (to == Outcome::completed && makes_phantom(old.outcome())) {
    side(phantom_, old.phase(), 1);
  }
  increase(corrections_, 1);
  return true;
}

void Ledger::Settler::change_doubt(LedgerBlock& block, std::int32_t by) noexcept {
  block.in_doubt.store(
      block.in_doubt.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(by),
      std::memory_order_relaxed);
}

LedgerBlock* Ledger::Settler::open_block(std::uint64_t number) noexcept {
  assert(number < FinishedBlocks::block_limit);
  if (!to_settler_.empty()) {
    read_mail();
  }
  LedgerBlock* block = table_.find(number);
  if (block == nullptr && !ledger_.finished_.contains(number)) {
    block = &new_block();
    block->number = number;
    table_.insert(*block);
    block->errand = LedgerBlock::Errand::announce;
    to_tick_.send(*block);
  }
  current_number_ = number;
  current_ = block;
  return block;
}

void Ledger::Settler::read_mail() noexcept {
  LedgerBlock* next = nullptr;
  for (LedgerBlock* block = to_settler_.take_all(); block != nullptr; block = next) {
    next = block->next;
    if (block->errand == LedgerBlock::Errand::reuse) {
      block->next = spare_;
      spare_ = block;
      continue;
    }
    table_.erase(*block);
    if (current_ == block) {
      current_ = nullptr;
      current_number_ = no_block;
    }
    block->errand = LedgerBlock::Errand::release;
    to_tick_.send(*block);
  }
}

LedgerBlock& Ledger::Settler::new_block() {
  if (spare_ == nullptr) {
    ledger_.allocated_blocks_.fetch_add(1, std::memory_order_relaxed);
    return *owned_.emplace_back(std::make_unique<LedgerBlock>());
  }
  LedgerBlock& block = *spare_;
  spare_ = block.next;
  block.clear();
  return block;
}

std::array<LedgerCounts, phase_count> Ledger::Settler::counts() const noexcept {
  Counts counts{};
  read_counts(counts);
  for (LedgerCounts& phase : counts) {
    phase.planned = phase.settled();
    phase.offered = phase.planned - phase.of(Outcome::unsent);
  }
  return counts;
}

void Ledger::Settler::read_counts(Counts& counts) const noexcept {
  CodeCounts codes{};
  for (;;) {
    const std::uint64_t corrections = corrections_.load(std::memory_order_acquire);
    for (std::size_t byte = 1; byte < codes.size(); ++byte) {
      codes[byte] = read(by_code_[byte]);
    }
    // The acquiring reads above keep this one behind them.
    if (corrections % 2 == 0 && corrections_.load(std::memory_order_relaxed) == corrections) {
      break;
    }
    std::this_thread::yield();
  }
  for (std::size_t byte = 1; byte < codes.size(); ++byte) {
    const LedgerCode code{static_cast<std::uint8_t>(byte)};
    add_code(counts[static_cast<std::size_t>(code.phase())], code, codes[byte]);
  }
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    counts[phase].duplicated += read(duplicated_[phase]);
    counts[phase].reordered += read(reordered_[phase]);
    counts[phase].redelivered += read(redelivered_[phase]);
    counts[phase].retried += read(retried_[phase]);
    counts[phase].phantom += read(phantom_[phase]);
    counts[phase].wasted += read(wasted_[phase]);
  }
}

}  // namespace queuemeter
