// SPDX-License-Identifier: Apache-2.0
#include "harness/path/retry_policy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace queuemeter {

std::optional<Duration> RetryPolicy::delay_after(std::size_t made, std::uint16_t class_index,
                                                 std::uint64_t draw_key) const noexcept {
  if (rules_.kind == RetryRules::Kind::none || made >= rules_.attempts) {
    return std::nullopt;
  }
  double nanoseconds = static_cast<double>(rules_.delay.count());
  if (rules_.kind == RetryRules::Kind::exponential) {
    nanoseconds = std::ldexp(nanoseconds, static_cast<int>(std::min<std::size_t>(made, 64)) - 1);
  }
  if (rules_.jitter > 0.0) {
    const UniformPair draw = KeyedDraws{seed_, DrawUse::retry_delay, class_index}.uniform(
        draw_key, static_cast<std::uint32_t>(made));
    nanoseconds *= 1.0 + rules_.jitter * (2.0 * draw.first - 1.0);
  }
  // A year is as good as for ever, and far from what a Duration can hold.
  constexpr double longest = 365.0 * 86'400.0 * 1e9;
  return Duration{static_cast<Duration::rep>(std::clamp(nanoseconds, 0.0, longest))};
}

bool RetryBudget::spend() noexcept {
  if (!share_.has_value()) {
    return true;
  }
  const double limit = *share_ * static_cast<double>(begun_.load(std::memory_order_relaxed));
  std::uint64_t spent = spent_.load(std::memory_order_relaxed);
  while (static_cast<double>(spent + 1) <= limit) {
    if (spent_.compare_exchange_weak(spent, spent + 1, std::memory_order_relaxed)) {
      return true;
    }
  }
  denied_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace queuemeter
