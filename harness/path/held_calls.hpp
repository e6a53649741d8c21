// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace queuemeter {

/// Offers that wait on the caller's side until the queue has room: a ring with a bound. One thread.
class HeldCalls {
 public:
  explicit HeldCalls(std::size_t limit) : ring_(limit) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// False when the bound is reached.
  [[nodiscard]] bool push(CallHandle call) noexcept {
    if (size_ == ring_.size()) {
      return false;
    }
    ring_[(first_ + size_++) % ring_.size()] = call;
    peak_ = std::max(peak_, size_);
    return true;
  }
  /// The most that waited at once.
  [[nodiscard]] std::size_t peak() const noexcept { return peak_; }
  [[nodiscard]] CallHandle front() const noexcept { return ring_[first_]; }
  void pop() noexcept { pop(1); }
  void pop(std::size_t calls) noexcept {
    first_ = (first_ + calls) % ring_.size();
    size_ -= calls;
  }
  /// The oldest ones, as far as they lie in one piece; at least one unless empty.
  [[nodiscard]] std::span<const CallHandle> oldest(std::size_t most) const noexcept {
    return {ring_.data() + first_, std::min({most, size_, ring_.size() - first_})};
  }

 private:
  std::vector<CallHandle> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::size_t peak_ = 0;
};

}  // namespace queuemeter
