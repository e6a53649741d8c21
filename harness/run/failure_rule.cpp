// SPDX-License-Identifier: Apache-2.0
#include "harness/run/failure_rule.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

/// Calls that a system did not manage: the backend failed them, or the queue could not be told. One
/// that is merely full works as it should.
std::int64_t failures_of(const LedgerCounts& counts) noexcept {
  const std::int64_t turned_away = counts.of(Reason::full) + counts.of(Reason::quota) +
                                   counts.of(Reason::caller_limit) + counts.of(Reason::closed);
  return counts.of(Outcome::failed) + counts.of(Outcome::unknown) + counts.of(Outcome::rejected) -
         turned_away;
}

}  // namespace

void FailureRule::see(const Tick& tick) noexcept {
  std::int64_t failed = 0;
  std::int64_t settled = 0;
  for (const LedgerCounts& counts : tick.counts) {
    failed += failures_of(counts);
    settled += counts.settled();
  }
  if (settled <= 0) {
    return;  // nothing ended, so nothing is known
  }
  if (2 * failed <= settled) {
    failing_since_.reset();
    failed_ = 0;
    settled_ = 0;
    return;
  }
  failing_since_ = failing_since_.value_or(tick.from);
  failed_ += failed;
  settled_ += settled;
  must_stop_ = must_stop_ || tick.to - *failing_since_ >= patience;
}

std::optional<std::string> FailureRule::verdict() const {
  if (!must_stop_) {
    return std::nullopt;
  }
  return fmt::format(
      "stopped: {} of {} calls failed in {}, and the system that failed them is not ours to break; "
      "--no-abort goes on all the same",
      format_count(static_cast<std::uint64_t>(failed_)),
      format_count(static_cast<std::uint64_t>(settled_)), format_duration(patience));
}

}  // namespace queuemeter
