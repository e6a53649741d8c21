// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/tick.hpp"

#include <numeric>

namespace queuemeter {

namespace {

double share_of(std::int64_t part, std::int64_t whole) noexcept {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::int64_t dropped(const LedgerCounts& counts) noexcept {
  return counts.of(Outcome::rejected) + counts.of(Outcome::shed) + counts.of(Outcome::expired) +
         counts.of(Outcome::failed) + counts.of(Outcome::lost);
}

template <class Combine>
void combine_all(LedgerCounts& counts, const LedgerCounts& other, Combine combine) {
  combine(counts.planned, other.planned);
  combine(counts.offered, other.offered);
  for (std::size_t index = 0; index < outcome_count; ++index) {
    combine(counts.outcomes[index], other.outcomes[index]);
  }
  for (std::size_t index = 0; index < reason_count; ++index) {
    combine(counts.reasons[index], other.reasons[index]);
  }
  combine(counts.late, other.late);
  combine(counts.duplicated, other.duplicated);
  combine(counts.reordered, other.reordered);
  combine(counts.redelivered, other.redelivered);
  combine(counts.retried, other.retried);
  combine(counts.phantom, other.phantom);
  combine(counts.wasted, other.wasted);
}

}  // namespace

std::int64_t LedgerCounts::settled() const noexcept {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::int64_t{0});
}

double LedgerCounts::drop_rate() const noexcept { return share_of(dropped(*this), planned); }

double LedgerCounts::drop_rate_max() const noexcept {
  return share_of(dropped(*this) + of(Outcome::unknown) + of(Outcome::unfinished), planned);
}

LedgerCounts& LedgerCounts::operator+=(const LedgerCounts& other) noexcept {
  combine_all(*this, other, [](std::int64_t& mine, std::int64_t theirs) { mine += theirs; });
  return *this;
}

LedgerCounts& LedgerCounts::operator-=(const LedgerCounts& other) noexcept {
  combine_all(*this, other, [](std::int64_t& mine, std::int64_t theirs) { mine -= theirs; });
  return *this;
}

}  // namespace queuemeter
