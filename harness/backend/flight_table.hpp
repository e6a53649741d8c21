// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/probing_index.hpp"
#include "harness/call/call_record.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace queuemeter {

/// Names a flight in a `FlightTable`.
using FlightNumber = std::uint32_t;
inline constexpr FlightNumber no_flight = std::numeric_limits<FlightNumber>::max();

/// From the record of a call to its flight.
using FlightIndex = ProbingIndex<const CallRecord*, nullptr>;

/// The calls a backend client has begun and not yet settled, in reused places. One thread.
///
/// `Flight` is what the client wants to remember of a call; it has a member `CallHandle call`.
/// A call flies once at a time: its record must not be added while it is in the table.
template <class Flight>
class FlightTable {
 public:
  /// Room for what a light load may have under way in a bad moment, so that a stall after the
  /// warm-up does not allocate.
  static constexpr std::size_t room_at_first = 256;

  FlightTable() {
    places_.reserve(room_at_first);
    free_.reserve(room_at_first);
  }

  [[nodiscard]] FlightNumber add(CallHandle call) {
    FlightNumber number = no_flight;
    if (free_.empty()) {
      number = static_cast<FlightNumber>(places_.size());
      places_.emplace_back();
      free_.reserve(places_.capacity());  // so that `remove` never allocates
    } else {
      number = free_.back();
      free_.pop_back();
    }
    if (is_indexed_) {
      index_.insert(call.record, number);
    }
    ++size_;
    places_[number].flight = Flight{};
    places_[number].flight.call = call;
    places_[number].occupied = true;
    return number;
  }
  void remove(FlightNumber number) noexcept {
    assert(places_[number].occupied);
    if (is_indexed_) {
      index_.erase(places_[number].flight.call.record);
    }
    --size_;
    places_[number].occupied = false;
    free_.push_back(number);
  }
  /// The flight of this very call; `no_flight` when it is not in the table. The first time it is
  /// asked this makes an index, which is kept up from then on: a client whose callers never leave
  /// does not pay for it.
  [[nodiscard]] FlightNumber find(CallHandle call) {
    if (!is_indexed_) {
      make_index();
    }
    const FlightNumber number = index_.find(call.record);
    if (number != no_flight && places_[number].flight.call.sequence != call.sequence) {
      return no_flight;
    }
    return number;
  }
  [[nodiscard]] Flight& operator[](FlightNumber number) noexcept { return places_[number].flight; }
  [[nodiscard]] const Flight& operator[](FlightNumber number) const noexcept {
    return places_[number].flight;
  }
  [[nodiscard]] bool is_occupied(FlightNumber number) const noexcept {
    return places_[number].occupied;
  }
  /// One more than the largest number in use so far.
  [[nodiscard]] FlightNumber places() const noexcept {
    return static_cast<FlightNumber>(places_.size());
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void make_index() {
    for (FlightNumber number = 0; number < places(); ++number) {
      if (places_[number].occupied) {
        index_.insert(places_[number].flight.call.record, number);
      }
    }
    is_indexed_ = true;
  }

  struct Place {
    Flight flight;
    bool occupied = false;
  };
  std::vector<Place> places_;
  std::vector<FlightNumber> free_;
  FlightIndex index_;
  bool is_indexed_ = false;
  std::size_t size_ = 0;
};

}  // namespace queuemeter
