// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <vector>

namespace queuemeter {

/// What a command ends with: one number says what came of it.
inline constexpr int exit_done = 0;
inline constexpr int exit_missed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_invalid = 3;
inline constexpr int exit_unreachable = 4;
inline constexpr int exit_guarantee_broken = 5;
inline constexpr int exit_inconclusive = 6;
inline constexpr int exit_interrupted = 130;

/// Fills in what a run means: validity, findings, `saturated`, the forecast of its backlog, how
/// busy each part was, the limiting part, objectives, `guarantee_broken` and the exit code.
///
/// A pure function of what was measured: no clock, no files. Judging twice gives the same.
/// `balanced`, `complete` and `interrupted` must be set before. Thread-safe for different
/// documents.
void judge(RunDocument& document);

/// The exit code of one judged run.
[[nodiscard]] int exit_code_of(const RunDocument& document) noexcept;

/// The exit code of many: the one that comes first in 2 > 4 > 130 > 5 > 3 > 1 > 6 > 0.
[[nodiscard]] int most_serious_exit_code(const std::vector<int>& codes) noexcept;

}  // namespace queuemeter
