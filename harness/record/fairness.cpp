// SPDX-License-Identifier: Apache-2.0
#include "harness/record/fairness.hpp"

#include <algorithm>

namespace queuemeter {

void CallSpreadTally::add(std::uint64_t calls) noexcept {
  min_ = count_ == 0 ? calls : std::min(min_, calls);
  max_ = std::max(max_, calls);
  ++count_;
  const auto value = static_cast<double>(calls);
  sum_ += value;
  sum_of_squares_ += value * value;
}

std::optional<CallSpread> CallSpreadTally::spread() const noexcept {
  if (count_ < 2) {
    return std::nullopt;
  }
  const auto parties = static_cast<double>(count_);
  // Nobody got anything: that is even, too.
  const double jain = sum_of_squares_ > 0.0 ? sum_ * sum_ / (parties * sum_of_squares_) : 1.0;
  return CallSpread{
      .count = count_, .min = min_, .max = max_, .mean = sum_ / parties, .jain = jain};
}

}  // namespace queuemeter
