// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <cstddef>
#include <vector>

namespace queuemeter {

/// Calls waiting for their answer, in the order in which they give up.
///
/// All callers are equally patient, so the order of planning is the order of giving up, and a
/// doubly linked list over slot numbers does what a timer per call would: constant cost, no
/// allocation. One thread.
class TimeoutList {
 public:
  explicit TimeoutList(std::size_t slots);

  /// `expires_at` must not lie before that of the slot added last. The slot must not be listed.
  void add(std::size_t slot, Instant expires_at) noexcept;
  /// Takes a listed slot out.
  void remove(std::size_t slot) noexcept;

  [[nodiscard]] bool empty() const noexcept { return first_ == none; }
  /// The slot that gives up first; not to be called when empty.
  [[nodiscard]] std::size_t first() const noexcept { return first_; }
  /// When it gives up; `never` when empty.
  [[nodiscard]] Instant first_expiry() const noexcept {
    return empty() ? never : links_[first_].expires_at;
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  struct Link {
    std::size_t before = none;
    std::size_t after = none;
    Instant expires_at = never;
  };
  std::vector<Link> links_;
  std::size_t first_ = none;
  std::size_t last_ = none;
};

}  // namespace queuemeter
