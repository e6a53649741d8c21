// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

namespace queuemeter {

/// What the shell is told.
enum class ExitCode : int {
  done = 0,              ///< objectives met; a suspect run too, with a line
  objective_missed = 1,  ///< or a regression confirmed
  usage = 2,             ///< usage or scenario error, output folder not writable at the start
  invalid = 3,           ///< nothing trustworthy was measured, or the result could not be written
  unreachable = 4,       ///< a component could not be reached before the measured window opened
  guarantee_broken = 5,  ///< calls lost, duplicated or reordered beyond the declared guarantee
  inconclusive = 6,      ///< only with --require-power
  interrupted = 130      ///< the result is written and marked incomplete
};

/// The one that counts when a program did several things: 2 > 4 > 130 > 5 > 3 > 1 > 6 > 0.
[[nodiscard]] ExitCode combine(ExitCode one, ExitCode other) noexcept;

[[nodiscard]] ExitCode exit_code_of(const Error& error) noexcept;
/// A number that is no exit code of ours counts as `invalid`.
[[nodiscard]] ExitCode exit_code_from(int number) noexcept;
[[nodiscard]] constexpr int to_int(ExitCode code) noexcept { return static_cast<int>(code); }

}  // namespace queuemeter
