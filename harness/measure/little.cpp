// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/little.hpp"

#include <cassert>

namespace queuemeter {

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
