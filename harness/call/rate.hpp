// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <cstdint>

namespace queuemeter {

/// How often something happens. Always the total of a run, never per caller or connection.
/// Fractions exist: one call every two seconds is 0.5 calls/s.
class Rate {
 public:
  constexpr Rate() = default;
  [[nodiscard]] static constexpr Rate per_second(double calls) noexcept { return Rate{calls}; }

  [[nodiscard]] constexpr double calls_per_second() const noexcept { return per_second_; }
  [[nodiscard]] constexpr Duration mean_gap() const noexcept {
    return from_seconds(1.0 / per_second_);
  }
  friend constexpr auto operator<=>(Rate, Rate) = default;

 private:
  explicit constexpr Rate(double per_second) noexcept : per_second_{per_second} {}
  double per_second_ = 0.0;
};

/// At most `calls` in any `per` (a sliding window); more are answered 429 with Retry-After.
struct RateLimit {
  std::uint64_t calls = 0;
  Duration per{0};
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

}  // namespace queuemeter
