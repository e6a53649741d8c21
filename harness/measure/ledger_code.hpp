// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/outcome.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace queuemeter {

namespace ledger_kinds {

/// One way to settle a call, apart from its phase.
struct Kind {
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
};
/// 0 and 1 are completed, in time and late; then every other outcome with each of its reasons.
struct Table {
  std::array<Kind, 128> kinds{};
  std::array<std::array<std::uint8_t, reason_count>, outcome_count> number_of{};
  std::size_t count = 2;
};
[[nodiscard]] constexpr Table make_table() noexcept {
  Table table;
  for (const Outcome outcome : all_outcomes) {
    if (outcome == Outcome::completed) {
      continue;
    }
    auto& numbers = table.number_of[static_cast<std::size_t>(outcome)];
    numbers.fill(static_cast<std::uint8_t>(table.count));  // what is not possible counts as "none"
    for (std::size_t index = 0; index < reason_count; ++index) {
      if (is_possible(outcome, static_cast<Reason>(index))) {
        numbers[index] = static_cast<std::uint8_t>(table.count);
        table.kinds[table.count++] = {outcome, static_cast<Reason>(index)};
      }
    }
  }
  return table;
}
inline constexpr Table table = make_table();

}  // namespace ledger_kinds

/// How a call was settled, in one byte; 0 = it was not. Holds phase, outcome, reason and lateness,
/// so that whatever arrives later for the call finds all that was counted for it.
///
/// A completed call has no reason, and only a completed call is late: two codes for completed,
/// one for each possible reason of each other outcome, and all of that once for each phase. A
/// reason that its outcome cannot have (`is_possible`) is not kept.
class LedgerCode {
 public:
  static constexpr std::size_t count = 1 + phase_count * ledger_kinds::table.count;

  constexpr LedgerCode() = default;
  constexpr explicit LedgerCode(std::uint8_t byte) : byte_{byte} {}
  constexpr LedgerCode(Phase phase, Outcome outcome, Reason reason, bool late)
      : byte_{static_cast<std::uint8_t>(1 + static_cast<std::size_t>(phase) +
                                        phase_count * number_of(outcome, reason, late))} {}

  [[nodiscard]] constexpr std::uint8_t byte() const noexcept { return byte_; }
  [[nodiscard]] constexpr bool is_settled() const noexcept { return byte_ != 0; }
  /// The following are of a settled call.
  [[nodiscard]] constexpr Phase phase() const noexcept {
    return static_cast<Phase>((byte_ - 1U) % phase_count);
  }
  [[nodiscard]] constexpr Outcome outcome() const noexcept { return kind().outcome; }
  [[nodiscard]] constexpr Reason reason() const noexcept { return kind().reason; }
  [[nodiscard]] constexpr bool late() const noexcept { return number() == 1; }

  friend constexpr bool operator==(LedgerCode, LedgerCode) = default;

 private:
  [[nodiscard]] static constexpr std::size_t number_of(Outcome outcome, Reason reason,
                                                       bool late) noexcept {
    if (outcome == Outcome::completed) {
      return late ? 1 : 0;
    }
    return ledger_kinds::table
        .number_of[static_cast<std::size_t>(outcome)][static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] constexpr std::size_t number() const noexcept { return (byte_ - 1U) / phase_count; }
  [[nodiscard]] constexpr ledger_kinds::Kind kind() const noexcept {
    return ledger_kinds::table.kinds[number()];
  }

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
