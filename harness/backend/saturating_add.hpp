// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

namespace queuemeter {

/// `at` + `span`; `never` where `at` is `never` or the sum would not fit, as with a patience of
/// `Duration::max()`.
[[nodiscard]] constexpr Instant saturating_add(Instant at, Duration span) noexcept {
  if (at == never || (span > Duration{0} && at > never - span)) {
    return never;
  }
  return at + span;
}

}  // namespace queuemeter
