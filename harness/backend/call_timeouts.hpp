// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/saturating_add.hpp"
#include "harness/call/http_settings.hpp"
#include "harness/call/instant.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace queuemeter {

/// How far a call over HTTP has come.
enum class CallStage : std::uint8_t { waiting, connecting, shaking_hands, sent, answering };

/// How long a call may stay where it is. Immutable.
///
/// Nobody keeps a timer for each call: whoever has them looks at all of them now and then (`gap`),
/// so a timeout is noticed up to a twentieth of the shortest one late, 10 ms at the most (100 us
/// at the least).
class CallTimeouts {
 public:
  explicit CallTimeouts(const HttpClientSettings& settings) noexcept
      : connect_{settings.timeouts.connect},
        tls_{settings.timeouts.tls},
        first_byte_{settings.timeouts.first_byte.value_or(Duration::max())},
        whole_{settings.timeouts.whole.value_or(Duration::max())},
        cancels_at_deadline_{settings.cancel_at_deadline},
        shortest_{std::min({connect_, tls_, first_byte_, whole_})},
        gap_{std::clamp<Duration>(shortest_ / 20, std::chrono::microseconds{100},
                                  std::chrono::milliseconds{10})} {}

  /// When a call that begins now may first be late.
  [[nodiscard]] Instant first_look(Instant now, Instant deadline) const noexcept {
    const Instant soonest = saturating_add(now, shortest_);
    return cancels_at_deadline_ ? std::min(soonest, deadline) : soonest;
  }
  /// When a call is given up that began at `begun_at`, and came to its stage at `staged_at`.
  [[nodiscard]] Instant gives_up_at(CallStage stage, Instant begun_at, Instant staged_at,
                                    Instant deadline) const noexcept {
    const Instant whole = saturating_add(begun_at, whole_);
    const Instant last = cancels_at_deadline_ ? std::min(whole, deadline) : whole;
    switch (stage) {
      case CallStage::waiting:
      case CallStage::answering:
        return last;
      case CallStage::connecting:
        return std::min(last, saturating_add(staged_at, connect_));
      case CallStage::shaking_hands:
        return std::min(last, saturating_add(staged_at, tls_));
      case CallStage::sent:
        return std::min(last, saturating_add(staged_at, first_byte_));
    }
    return last;
  }
  [[nodiscard]] Duration gap() const noexcept { return gap_; }

 private:
  Duration connect_;
  Duration tls_;
  Duration first_byte_;
  Duration whole_;
  bool cancels_at_deadline_;
  Duration shortest_;
  Duration gap_;
};

}  // namespace queuemeter
