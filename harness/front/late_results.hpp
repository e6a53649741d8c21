// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/probing_index.hpp"
#include "harness/call/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace queuemeter {

/// Calls that failed although their result may still come: the last so many of them, so that a
/// late result is told from a second one. One thread; never allocates after its construction.
class LateResults {
 public:
  /// What is needed to count a result of a call whose record is used again.
  struct Call {
    std::uint64_t sequence = UINT64_MAX;
    Instant planned_at = unobserved;
    std::uint16_t class_index = 0;
  };

  /// Remembers `calls` of them, at least one.
  explicit LateResults(std::size_t calls) : remembered_(calls), index_{calls} {}

  void remember(const Call& call) noexcept {
    Call& place = remembered_[next_];
    forget(place);
    place = call;
    index_.insert(call.sequence, static_cast<std::uint32_t>(next_));
    next_ = (next_ + 1) % remembered_.size();
  }
  /// The call, which is then forgotten: its next result is a second one.
  [[nodiscard]] std::optional<Call> take(std::uint64_t sequence) noexcept {
    const std::uint32_t place = index_.find(sequence);
    if (place == decltype(index_)::nothing) {
      return std::nullopt;
    }
    const Call call = remembered_[place];
    forget(remembered_[place]);
    return call;
  }

 private:
  void forget(Call& place) noexcept {
    if (place.sequence != UINT64_MAX) {
      index_.erase(place.sequence);
      place = {};
    }
  }

  std::vector<Call> remembered_;  // a ring; places whose call was taken are empty
  std::size_t next_ = 0;
  ProbingIndex<std::uint64_t, UINT64_MAX> index_;
};

}  // namespace queuemeter
