// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"

#include <cstddef>
#include <cstdint>

namespace queuemeter {

/// When the connections that are opened before the traffic are due: evenly at a rate, from the
/// first look on. One thread.
class OpeningRamp {
 public:
  OpeningRamp(std::size_t connections, Rate rate) noexcept
      : left_{connections}, gap_{rate.mean_gap()} {}

  /// `never` when all have been taken.
  [[nodiscard]] Instant next_due() const noexcept { return left_ == 0 ? never : due_; }
  /// Takes the next one if it is due.
  [[nodiscard]] bool take(Instant now) noexcept {
    if (left_ == 0 || now < due_) {
      return false;
    }
    if (taken_ == 0) {
      begun_at_ = now;
    }
    --left_;
    ++taken_;
    due_ = begun_at_ + gap_ * static_cast<Duration::rep>(taken_);
    return true;
  }

 private:
  std::size_t left_;
  std::uint64_t taken_ = 0;
  Duration gap_;
  Instant begun_at_ = unobserved;
  Instant due_ = instant_from_nanoseconds(0);  // the first look is soon enough
};

}  // namespace queuemeter
