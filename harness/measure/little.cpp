// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/little.hpp"

#include <algorithm>
#include <cassert>

namespace queuemeter {

void FlowIntegral::passed_an_edge(Instant entered, Instant left) noexcept {
  const Duration inside = std::min(left, to_) - std::max(entered, from_);
  if (inside > Duration{0}) {
    inside_ += inside;
  }
  // What one side of Little's law has of this call and the other has not.
  if (left >= to_) {
    edge_ += std::max(inside, Duration{0});
  } else if (left >= from_ && entered < from_) {
    edge_ += from_ - entered;
  }
  at_start_ += entered <= from_ && left > from_ ? 1U : 0U;
  at_end_ += entered <= to_ && left > to_ ? 1U : 0U;
  if (left >= from_ && left < to_) {
    ++completed_;
    stay_ += left - entered;
  }
}

FlowIntegral& FlowIntegral::operator+=(const FlowIntegral& other) noexcept {
  assert(from_ == other.from_ && to_ == other.to_);
  inside_ += other.inside_;
  stay_ += other.stay_;
  edge_ += other.edge_;
  completed_ += other.completed_;
  at_start_ += other.at_start_;
  at_end_ += other.at_end_;
  return *this;
}

double FlowIntegral::time_average() const noexcept {
  return to_ > from_ ? to_seconds(inside_) / to_seconds(to_ - from_) : 0.0;
}

double FlowIntegral::mean_time_s() const noexcept {
  return completed_ == 0 ? 0.0 : to_seconds(stay_) / static_cast<double>(completed_);
}

}  // namespace queuemeter
