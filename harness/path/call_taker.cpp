// SPDX-License-Identifier: Apache-2.0
#include "harness/path/call_taker.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

bool acknowledges_later(const TakingRules& rules) noexcept {
  return rules.acknowledge > 0 && !rules.acknowledge_first;
}

/// Asks for what the desk will read: the records of a batch come from another core's cache, and
/// waiting for them one after the other is most of what taking costs.
void fetch_ahead(std::span<const CallHandle> calls) noexcept {
  for (const CallHandle& call : calls) {
    const auto* const bytes = reinterpret_cast<const char*>(call.record);
    for (std::size_t offset = 0; offset < sizeof(CallRecord); offset += 64) {
      __builtin_prefetch(bytes + offset, 1);
    }
  }
}

}  // namespace

CallTaker::CallTaker(const TakingRules& rules, TakenFront& front, std::size_t producers,
                     std::span<const std::uint8_t> priorities)
    : rules_{rules},
      desk_{front, producers, priorities},
      batch_(std::max<std::size_t>(1, rules.batch)),
      taken_at_(batch_.size()) {
  done_.reserve(rules.acknowledge);
}

std::size_t CallTaker::room(std::size_t limit) const noexcept {
  return acknowledges_later(rules_)
             ? std::min(limit, rules_.prefetch - std::min(rules_.prefetch, held_))
             : limit;
}

bool CallTaker::has_next(std::size_t limit, Instant now) {
  if (next_ < end_) {
    return true;
  }
  limit = std::min(room(limit), batch_.size());
  if (limit == 0 || (rules_.poll > Duration{0} && now < look_again_at_)) {
    return false;
  }
  const ChunkResult chunk = consumer_->take({batch_.data(), limit}, {taken_at_.data(), limit});
  next_ = 0;
  end_ = chunk.done;
  if (chunk.done == 0) {
    look_again_at_ = now + rules_.poll;
    return false;
  }
  fetch_ahead({batch_.data(), end_});
  if (rules_.acknowledge_first) {
    in_doubt_ = consumer_->acknowledge({batch_.data(), chunk.done}) != QueueResult::ok;
  }
  return true;
}

void CallTaker::load_next(Instant now, WorkSlot& slot) {
  desk_.receive(batch_[next_], taken_at_[next_], now, slot);
  ++next_;
  held_ += acknowledges_later(rules_) ? 1U : 0U;
  if (in_doubt_) {
    slot.outcome = Outcome::unknown;
    slot.reason = Reason::queue_failure;
  }
}

void CallTaker::done(CallHandle delivered) {
  if (!acknowledges_later(rules_)) {
    return;
  }
  done_.push_back(delivered);
  if (done_.size() >= rules_.acknowledge) {
    flush();
  }
}

void CallTaker::flush() {
  if (done_.empty()) {
    return;
  }
  // A queue that could not be told delivers again, and that is counted when it happens.
  static_cast<void>(consumer_->acknowledge(done_));
  held_ -= done_.size();
  done_.clear();
}

bool CallTaker::give_back_rest() {
  while (next_ < end_ && consumer_->give_back(batch_[next_]) == QueueResult::ok) {
    ++next_;
  }
  return next_ == end_;
}

}  // namespace queuemeter
