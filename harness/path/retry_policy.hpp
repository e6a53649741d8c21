// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"
#include "harness/call/instant.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace queuemeter {

/// How a worker goes about a call whose backend failed it: again after `delay` (fixed), or after
/// delay · 2^(n−1) before attempt n + 1 (exponential), each ± `jitter` as a fraction.
struct RetryRules {
  enum class Kind : std::uint8_t { none, fixed, exponential };
  Kind kind = Kind::none;
  std::size_t attempts = 3;  ///< the first one included
  Duration delay{0};
  double jitter = 0.0;                ///< 0…1
  std::optional<double> budget = {};  ///< retries ≤ budget × calls begun
};

/// When a call is tried again. The jitter is a draw of the call, so that a plan retries alike on
/// any worker and in a simulation. Immutable: safe from any thread.
class RetryPolicy {
 public:
  RetryPolicy() : RetryPolicy{RetryRules{}, 0} {}
  RetryPolicy(const RetryRules& rules, std::uint64_t seed) : rules_{rules}, seed_{seed} {}

  /// How long to wait after `made` attempts have failed, at least 1; nothing when that was the
  /// last.
  [[nodiscard]] std::optional<Duration> delay_after(std::size_t made, std::uint16_t class_index,
                                                    std::uint64_t draw_key) const noexcept;
  [[nodiscard]] const RetryRules& rules() const noexcept { return rules_; }

 private:
  RetryRules rules_;
  std::uint64_t seed_;
};

/// Bounds what retries add to a struggling backend, for all workers together: at any moment there
/// have been at most share × calls begun. Without a share there is no bound. Thread-safe.
/// Source: the retry budget of Google's "Site Reliability Engineering", chapter 21.
class RetryBudget {
 public:
  explicit RetryBudget(std::optional<double> share = std::nullopt) : share_{share} {}

  /// A call was begun for the first time.
  void begun() noexcept {
    if (share_.has_value()) {
      begun_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// Whether a retry may be made; counts it then.
  [[nodiscard]] bool spend() noexcept;
  /// Retries that were wanted and not made.
  [[nodiscard]] std::uint64_t denied() const noexcept {
    return denied_.load(std::memory_order_relaxed);
  }

 private:
  std::optional<double> share_;
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> spent_{0};
  std::atomic<std::uint64_t> denied_{0};
};

}  // namespace queuemeter
