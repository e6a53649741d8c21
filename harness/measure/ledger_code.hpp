// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/outcome.hpp"

#include <cstddef>
#include <cstdint>

namespace queuemeter {

/// How a call was settled, in one byte; 0 = it was not. Holds phase, outcome, reason and lateness,
/// so that whatever arrives later for the call finds all that was counted for it.
///
/// A completed call has no reason, and only a completed call is late: two codes for completed,
/// one for each reason of each other outcome, and all of that once for each phase.
class LedgerCode {
 public:
  static constexpr std::size_t count = 1 + phase_count * (2 + (outcome_count - 1) * reason_count);

  constexpr LedgerCode() = default;
  constexpr explicit LedgerCode(std::uint8_t byte) : byte_{byte} {}
  constexpr LedgerCode(Phase phase, Outcome outcome, Reason reason, bool late)
      : byte_{static_cast<std::uint8_t>(1 + static_cast<std::size_t>(phase) +
                                        phase_count * kind_of(outcome, reason, late))} {}

  [[nodiscard]] constexpr std::uint8_t byte() const noexcept { return byte_; }
  [[nodiscard]] constexpr bool is_settled() const noexcept { return byte_ != 0; }
  /// The following are of a settled call.
  [[nodiscard]] constexpr Phase phase() const noexcept {
    return static_cast<Phase>((byte_ - 1U) % phase_count);
  }
  [[nodiscard]] constexpr Outcome outcome() const noexcept {
    return kind() < 2 ? Outcome::completed : static_cast<Outcome>(1 + (kind() - 2) / reason_count);
  }
  [[nodiscard]] constexpr Reason reason() const noexcept {
    return kind() < 2 ? Reason::none : static_cast<Reason>((kind() - 2) % reason_count);
  }
  [[nodiscard]] constexpr bool late() const noexcept { return kind() == 1; }

  friend constexpr bool operator==(LedgerCode, LedgerCode) = default;

 private:
  [[nodiscard]] static constexpr std::size_t kind_of(Outcome outcome, Reason reason,
                                                     bool late) noexcept {
    if (outcome == Outcome::completed) {
      return late ? 1 : 0;
    }
    return 2 + (static_cast<std::size_t>(outcome) - 1) * reason_count +
           static_cast<std::size_t>(reason);
  }
  [[nodiscard]] constexpr std::size_t kind() const noexcept { return (byte_ - 1U) / phase_count; }

  std::uint8_t byte_ = 0;
};
static_assert(LedgerCode::count <= 256,
              "a further reason, outcome or phase needs two bytes per call in the ledger");
static_assert(Outcome::completed == Outcome{0});

/// A reply can still correct this outcome, so the ledger keeps the call at hand.
[[nodiscard]] constexpr bool is_in_doubt(Outcome outcome) noexcept {
  return outcome == Outcome::unknown;
}
/// A reply for a call that was counted so is a phantom.
[[nodiscard]] constexpr bool makes_phantom(Outcome outcome) noexcept {
  return outcome == Outcome::unknown || outcome == Outcome::rejected;
}

}  // namespace queuemeter
