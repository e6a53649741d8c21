// SPDX-License-Identifier: Apache-2.0
#include "harness/path/delivery_desk.hpp"

#include "harness/measure/single_writer.hpp"

#include <algorithm>

namespace queuemeter {

DeliveryDesk::DeliveryDesk(TakenFront& front, std::size_t producers,
                           std::span<const std::uint8_t> priorities)
    : front_{front} {
  std::vector<std::uint8_t> distinct{priorities.begin(), priorities.end()};
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::size_t rank = 0; rank < distinct.size(); ++rank) {
    rank_[distinct[rank]] = static_cast<std::uint8_t>(rank);
  }
  ranks_ = std::max<std::size_t>(1, distinct.size());
  latest_.assign(producers * ranks_, no_sequence);
}

void DeliveryDesk::receive(CallHandle call, Instant taken_at, Instant now, WorkSlot& slot,
                           std::uint32_t attempt) noexcept {
  add_alone(taken_);
  slot.delivered = call;
  slot.at = Instants{.taken_at = taken_at};
  slot.outcome = Outcome::completed;
  slot.reason = Reason::none;
  slot.reordered = false;
  slot.retries = 0;
  slot.holds_record = call.record->claim(call.sequence);
  if (!slot.holds_record) {
    slot.call = Call{.planned_at = taken_at, .sequence = call.sequence, .draw_key = call.sequence};
    return;
  }
  slot.call = call.record->call;
  if (is_observed(call.record->at.offered_at)) {
    front_.taken(call.record->at.offered_at);
  }
  slot.reordered = attempt == 1 && is_overtaken(slot.call);
  if (slot.call.deadline <= now) {
    slot.outcome = Outcome::expired;
    slot.reason = Reason::deadline;
  }
}

bool DeliveryDesk::is_overtaken(const Call& call) noexcept {
  std::uint64_t& latest = latest_[call.offerer * ranks_ + rank_[call.priority]];
  if (latest != no_sequence && call.sequence < latest) {
    return true;
  }
  latest = call.sequence;
  return false;
}

}  // namespace queuemeter
