// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/measure/tick.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace queuemeter {

/// When to leave somebody else's system alone: more than half of the calls that ended in each tick
/// failed, or were refused by a queue that was in trouble, for five seconds on end. It is fed tick
/// by tick, by one thread.
class FailureRule {
 public:
  static constexpr Duration patience = std::chrono::seconds{5};

  void see(const Tick& tick) noexcept;

  /// Why the run must stop; nothing while it may go on.
  [[nodiscard]] std::optional<std::string> verdict() const;

 private:
  std::optional<Instant> failing_since_;
  std::int64_t failed_ = 0;  // since then
  std::int64_t settled_ = 0;
  bool must_stop_ = false;
};

}  // namespace queuemeter
