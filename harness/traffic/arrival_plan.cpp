// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/arrival_plan.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace queuemeter {
namespace {

constexpr Duration no_more = std::chrono::hours{24 * 365 * 100};

/// Calls per second over the whole recording.
Rate mean_rate(const std::vector<Duration>& recorded) {
  const double seconds = std::max(1e-9, to_seconds(recorded.back()));
  return Rate::per_second(static_cast<double>(recorded.size()) / seconds);
}

}  // namespace

ArrivalPlan::ArrivalPlan(RecordedArrivals recorded)
    : process_{ArrivalProcess::replay},
      profile_{mean_rate(*recorded)},
      draws_{0, DrawUse::arrival},
      recorded_{std::move(recorded)} {}

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
  if (plan_.process_ != ArrivalProcess::poisson) {
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
  switch (plan_.process_) {
    case ArrivalProcess::constant:
      unit_time_ = static_cast<double>(sequence_);
      break;
    case ArrivalProcess::poisson:
      unit_time_ = block_begins_ + since_block_;
      break;
    case ArrivalProcess::replay:
      due_ = sequence_ < plan_.recorded_->size() ? (*plan_.recorded_)[sequence_] : no_more;
      unit_time_ = plan_.profile_.calls_until(due_);
      return;
  }
  due_ = plan_.profile_.when_due(unit_time_);
}

Duration due_after_calls(const ArrivalPlan& plan, Duration from, std::uint64_t calls) {
  Duration due{0};
  std::uint64_t seen = 0;
  for (ArrivalStream stream{plan}; seen < calls && stream.due() < no_more; stream.advance()) {
    due = stream.due();
    seen += due >= from ? 1U : 0U;
  }
  return due;
}

}  // namespace queuemeter
