// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/ledger.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {

namespace {

constexpr std::uint64_t every_byte(std::uint64_t byte) noexcept {
  return byte * 0x0101'0101'0101'0101U;
}

/// The high bit of every byte that is not 0.
constexpr std::uint64_t settled_bytes(std::uint64_t word) noexcept {
  return (((word & every_byte(0x7F)) + every_byte(0x7F)) | word) & every_byte(0x80);
}

constexpr LedgerCode code_at(std::uint64_t word, unsigned shift) noexcept {
  return LedgerCode{static_cast<std::uint8_t>(word >> shift & 0xFFU)};
}

/// Takes back what a settler counted for a call that belongs to another's account.
void take_back(std::array<LedgerCounts, phase_count>& corrections, LedgerCode code, bool phantom) {
  LedgerCounts& counts = corrections[static_cast<std::size_t>(code.phase())];
  --counts.outcomes[static_cast<std::size_t>(code.outcome())];
  if (code.reason() != Reason::none) {
    --counts.reasons[static_cast<std::size_t>(code.reason())];
  }
  counts.late -= code.late() ? 1 : 0;
  ++(phantom ? counts.phantom : counts.duplicated);
}

}  // namespace

Ledger::Ledger() = default;
Ledger::~Ledger() = default;

Ledger::Planner& Ledger::add_planner() {
  const std::scoped_lock lock{mutex_};
  return *planners_.emplace_back(std::make_unique<Planner>());
}

Ledger::Settler& Ledger::add_settler() {
  const std::scoped_lock lock{mutex_};
  return *settlers_.emplace_back(std::make_unique<Settler>(*this));
}

std::array<LedgerCounts, phase_count> Ledger::merge() {
  const std::scoped_lock lock{mutex_};
  Counts counts{};
  // Three readings in this order. Counters before blocks: a call counted twice is then found in
  // the blocks. Settled before planned: every call counted as settled was planned before.
  for (const std::unique_ptr<Settler>& settler : settlers_) {
    settler->read_counts(counts);
  }

  for (const std::unique_ptr<Settler>& settler : settlers_) {
    collect(*settler);
  }
  finish_full_blocks();
  Counts corrections{};
  for (Entry& entry : entries_) {
    if (entry.finished && std::all_of(entry.holdings.begin(), entry.holdings.end(),
                                      [](const Holding& holding) { return holding.released; })) {
      count_conflicts(entry, settled_conflicts_);
      recycle(entry);
    } else {
      count_conflicts(entry, corrections);
    }
  }
  std::erase_if(entries_, [](const Entry& entry) { return entry.holdings.empty(); });

  for (const std::unique_ptr<Planner>& planner : planners_) {
    for (std::size_t phase = 0; phase < phase_count; ++phase) {
      counts[phase].planned += read(planner->planned_[phase]);
      counts[phase].offered += read(planner->offered_[phase]);
    }
  }
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    counts[phase] += corrections[phase];
    counts[phase] += settled_conflicts_[phase];
  }
  return counts;
}

std::size_t Ledger::live_blocks() const noexcept {
  std::size_t blocks = 0;
  for (const Entry& entry : entries_) {
    blocks += entry.holdings.size();
  }
  return blocks;
}

Ledger::Entry& Ledger::entry_of(std::uint64_t number) {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), number,
      [](const Entry& entry, std::uint64_t wanted) { return entry.number < wanted; });
  if (at != entries_.end() && at->number == number) {
    return *at;
  }
  Entry entry;
  if (!spare_holdings_.empty()) {
    entry.holdings = std::move(spare_holdings_.back());
    spare_holdings_.pop_back();
  }
  entry.number = number;
  // Whoever opened the block did not know yet that it is gone.
  entry.straggler = finished_.contains(number);
  entry.finished = entry.straggler;
  return *entries_.insert(at, std::move(entry));
}

void Ledger::collect(Settler& settler) {
  LedgerBlock* next = nullptr;
  for (LedgerBlock* block = settler.to_tick_.take_all(); block != nullptr; block = next) {
    next = block->next;
    accept(*block, settler);
  }
}

void Ledger::accept(LedgerBlock& block, Settler& settler) {
  Entry& entry = entry_of(block.number);
  if (block.errand == LedgerBlock::Errand::release) {
    for (Holding& holding : entry.holdings) {
      holding.released = holding.released || holding.block == &block;
    }
    return;
  }
  entry.holdings.push_back(Holding{&block, &settler, false});
  if (entry.finished) {
    block.errand = LedgerBlock::Errand::finish;
    settler.to_settler_.send(block);
  }
}

bool Ledger::is_full(Entry& entry) {
  for (; entry.full_words < LedgerBlock::word_count; ++entry.full_words) {
    std::uint64_t settled = 0;
    for (const Holding& holding : entry.holdings) {
      settled |=
          settled_bytes(holding.block->words[entry.full_words].load(std::memory_order_acquire));
    }
    if (settled != every_byte(0x80)) {
      return false;
    }
  }
  return true;
}

std::uint32_t Ledger::calls_in_doubt(const Entry& entry) {
  std::uint32_t calls = 0;
  for (const Holding& holding : entry.holdings) {
    calls += holding.block->in_doubt.load(std::memory_order_relaxed);
  }
  return calls;
}

void Ledger::finish(Entry& entry) {
  no_longer_correctable_ += calls_in_doubt(entry);
  entry.finished = true;
  finished_.insert(entry.number);
  for (const Holding& holding : entry.holdings) {
    holding.block->errand = LedgerBlock::Errand::finish;
    holding.settler->to_settler_.send(*holding.block);
  }
}

void Ledger::finish_full_blocks() {
  std::size_t in_doubt = 0;
  for (Entry& entry : entries_) {
    if (entry.finished || !is_full(entry)) {
      continue;
    }
    if (calls_in_doubt(entry) == 0) {
      finish(entry);
    } else {
      ++in_doubt;
    }
  }
  for (auto entry = entries_.begin(); in_doubt > in_doubt_block_limit; ++entry) {
    if (!entry->finished && entry->full_words == LedgerBlock::word_count) {
      finish(*entry);
      --in_doubt;
    }
  }
}

void Ledger::count_conflicts(const Entry& entry, Counts& corrections) {
  if (entry.holdings.size() < 2 && !entry.straggler) {
    return;
  }
  for (std::size_t index = 0; index < LedgerBlock::word_count; ++index) {
    std::uint64_t settled = 0;
    std::uint64_t disputed = 0;
    for (const Holding& holding : entry.holdings) {
      const std::uint64_t bytes =
          settled_bytes(holding.block->words[index].load(std::memory_order_relaxed));
      disputed |= entry.straggler ? bytes : settled & bytes;
      settled |= bytes;
    }
    for (unsigned shift = 0; disputed != 0; shift += 8, disputed >>= 8U) {
      if ((disputed & 0x80U) != 0) {
        resolve(entry, index, shift, corrections);
      }
    }
  }
}

void Ledger::resolve(const Entry& entry, std::size_t index, unsigned shift, Counts& corrections) {
  // A straggler's calls have all been settled before.
  const Holding* winner = nullptr;
  LedgerCode kept;
  for (const Holding& holding : entry.holdings) {
    const LedgerCode code =
        code_at(holding.block->words[index].load(std::memory_order_relaxed), shift);
    if (code.is_settled() && !entry.straggler &&
        (winner == nullptr ||
         (code.outcome() == Outcome::completed && kept.outcome() != Outcome::completed))) {
      winner = &holding;
      kept = code;
    }
  }
  for (const Holding& holding : entry.holdings) {
    const LedgerCode code =
        code_at(holding.block->words[index].load(std::memory_order_relaxed), shift);
    if (code.is_settled() && &holding != winner) {
      take_back(corrections, code,
                winner != nullptr && kept.outcome() == Outcome::completed &&
                    makes_phantom(code.outcome()));
    }
  }
}

void Ledger::recycle(Entry& entry) {
  for (const Holding& holding : entry.holdings) {
    holding.block->errand = LedgerBlock::Errand::reuse;
    holding.settler->to_settler_.send(*holding.block);
  }
  entry.holdings.clear();
  spare_holdings_.push_back(std::move(entry.holdings));
  entry.holdings = {};
}

}  // namespace queuemeter
