// SPDX-License-Identifier: Apache-2.0
#include "harness/path/record_table.hpp"

namespace queuemeter {

void RecordTable::make_room(std::size_t slots) {
  slots_ = slots;
  records_ = std::make_unique<CallRecord[]>(slots);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    records_[slot].call.slot = static_cast<std::uint32_t>(slot);
  }
}

std::optional<CallHandle> RecordTable::admit(const Call& call) noexcept {
  if (call.run_id != run_id_ || call.slot >= slots_) {
    foreign_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  // Whether the record still holds this call is for `CallRecord::claim` to say.
  return CallHandle{&records_[call.slot], call.sequence};
}

}  // namespace queuemeter
