// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/exit_code.hpp"
#include "harness/record/run_document.hpp"

namespace queuemeter {

/// Fills in what a run means: validity, findings, `saturated`, the forecast of its backlog, how
/// busy each part was, the limiting part, objectives, `guarantee_broken` and the exit code.
///
/// A pure function of what was measured: no clock, no files. Judging twice gives the same.
/// `balanced`, `complete` and `interrupted` must be set before. Thread-safe for different
/// documents.
void judge(RunDocument& document);

/// The exit code of one judged run.
[[nodiscard]] ExitCode exit_code_of(const RunDocument& document) noexcept;

}  // namespace queuemeter
