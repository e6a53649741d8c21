// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/freeze_windows.hpp"

#include <algorithm>

namespace queuemeter {

Instant end_of_freeze(const FreezeWindows& freezes, Instant at) noexcept {
  for (const FreezeWindow& freeze : freezes) {
    if (at >= freeze.from) {
      at = std::max(at, freeze.from + freeze.length);
    }
  }
  return at;
}

Instant finish_between(const FreezeWindows& freezes, Instant start, Duration service) noexcept {
  Instant at = start;
  Duration left = service;
  if (at == never) {
    return never;
  }
  for (const FreezeWindow& freeze : freezes) {
    const Instant thaws_at = freeze.from + freeze.length;
    if (thaws_at <= at) {
      continue;
    }
    if (at < freeze.from) {
      if (saturating_add(at, left) <= freeze.from) {
        break;
      }
      left -= freeze.from - at;
    }
    at = thaws_at;
  }
  return saturating_add(at, left);
}

}  // namespace queuemeter
