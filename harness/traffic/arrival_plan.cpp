// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/arrival_plan.hpp"

#include <cmath>

namespace queuemeter {

ArrivalStream::ArrivalStream(const ArrivalPlan& plan, std::uint64_t first, std::uint64_t stride)
    : plan_{plan}, stride_{stride} {
  // Call 0 has a gap before it, too: a Poisson process does not begin with an arrival.
  pair_ = plan_.draws_.uniform(0);
  since_block_ = -std::log(pair_.first);
  for (std::uint64_t skipped = 0; skipped < first; ++skipped) {
    advance_one();
  }
  find_due();
}

void ArrivalStream::advance() {
  for (std::uint64_t step = 0; step < stride_; ++step) {
    advance_one();
  }
  find_due();
}

void ArrivalStream::advance_one() noexcept {
  ++sequence_;
  if (plan_.process_ == ArrivalProcess::constant) {
    return;
  }
  if (sequence_ % block_calls == 0) {
    block_begins_ += since_block_;
    since_block_ = 0.0;
  }
  if (sequence_ % 2 == 0) {
    pair_ = plan_.draws_.uniform(sequence_ / 2);
    since_block_ -= std::log(pair_.first);
  } else {
    since_block_ -= std::log(pair_.second);
  }
}

void ArrivalStream::find_due() noexcept {
  unit_time_ = plan_.process_ == ArrivalProcess::constant ? static_cast<double>(sequence_)
                                                          : block_begins_ + since_block_;
  due_ = plan_.profile_.when_due(unit_time_);
}

}  // namespace queuemeter
