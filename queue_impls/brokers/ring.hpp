// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace queuemeter::queues {

/// First in, first out; its memory grows to what was needed at most and is reused. One thread.
template <class T>
class Ring {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] T& front() noexcept { return items_[first_]; }
  void push(const T& item) {
    if (count_ == items_.size()) {
      grow();
    }
    const std::size_t at = first_ + count_++;
    items_[at < items_.size() ? at : at - items_.size()] = item;
  }
  T pop() noexcept {
    const T item = items_[first_];
    first_ = first_ + 1 == items_.size() ? 0 : first_ + 1;
    --count_;
    return item;
  }
  void clear() noexcept { first_ = count_ = 0; }

 private:
  void grow() {
    std::vector<T> larger(2 * items_.size() + 8);
    for (std::size_t at = 0; at < count_; ++at) {
      const std::size_t from = first_ + at;
      larger[at] = items_[from < items_.size() ? from : from - items_.size()];
    }
    items_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> items_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace queuemeter::queues
