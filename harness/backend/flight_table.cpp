// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/flight_table.hpp"

#include <bit>
#include <utility>

namespace queuemeter {

void FlightIndex::insert(const CallRecord* record, FlightNumber flight) {
  if ((size_ + 1) * 2 > slots_.size()) {
    grow();
  }
  Slot& slot = slots_[locate(record)];
  assert(slot.record == nullptr && "a call flies once at a time");
  slot = Slot{record, flight};
  ++size_;
}

FlightNumber FlightIndex::find(const CallRecord* record) const noexcept {
  return slots_[locate(record)].flight;
}

// Moves later members of the probe chain into the gap, so that no tombstone is needed.
// Source: Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R.
void FlightIndex::erase(const CallRecord* record) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = locate(record);
  assert(slots_[gap].record == record);
  for (std::size_t at = (gap + 1) & mask; slots_[at].record != nullptr; at = (at + 1) & mask) {
    const std::size_t distance_home = (at - home(slots_[at].record)) & mask;
    if (distance_home >= ((at - gap) & mask)) {
      slots_[gap] = slots_[at];
      gap = at;
    }
  }
  slots_[gap] = Slot{};
  --size_;
}

std::size_t FlightIndex::home(const CallRecord* record) const noexcept {
  // Fibonacci hashing: the upper bits of the product are well mixed.
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15U;
  const auto address = std::bit_cast<std::uint64_t>(record);
  const int bits = std::countr_zero(slots_.size());
  return static_cast<std::size_t>((address * golden_ratio) >> (64 - bits));
}

std::size_t FlightIndex::locate(const CallRecord* record) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = home(record);
  while (slots_[at].record != nullptr && slots_[at].record != record) {
    at = (at + 1) & mask;
  }
  return at;
}

void FlightIndex::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : old) {
    if (slot.record != nullptr) {
      slots_[locate(slot.record)] = slot;
    }
  }
}

}  // namespace queuemeter
