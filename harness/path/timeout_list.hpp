// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// Calls waiting for their answer, in the order in which they give up.
///
/// All callers are equally patient, so the order of planning is the order of giving up, and a
/// doubly linked list over slot numbers does what a timer per call would: constant cost, no
/// allocation, 16 bytes each. Calls that are offered a little out of their order find their place
/// from the end. One thread.
class TimeoutList {
 public:
  /// Below 2^32 − 2 slots.
  explicit TimeoutList(std::size_t slots);

  /// The slot must not be listed.
  void add(std::size_t slot, Instant expires_at) noexcept;
  /// Takes a listed slot out.
  void remove(std::size_t slot) noexcept;
  [[nodiscard]] bool is_listed(std::size_t slot) const noexcept {
    return links_[slot].before != unlisted;
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == none; }
  /// The slot that gives up first; not to be called when empty.
  [[nodiscard]] std::size_t first() const noexcept { return first_; }
  /// When it gives up; `never` when empty.
  [[nodiscard]] Instant first_expiry() const noexcept {
    return empty() ? never : links_[first_].expires_at;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t unlisted = UINT32_MAX - 1;
  struct Link {
    Instant expires_at = never;
    std::uint32_t before = unlisted;
    std::uint32_t after = none;
  };
  std::vector<Link> links_;
  std::uint32_t first_ = none;
  std::uint32_t last_ = none;
};

}  // namespace queuemeter
