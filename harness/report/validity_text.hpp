// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <string>

namespace queuemeter {

/// The checks that warn or fail, a line each with what to do; empty for a valid run. Each begins
/// with `who`, which tells apart the runs of a table. No line is longer than 100 columns.
[[nodiscard]] std::string validity_text(const RunDocument& run, const std::string& who = "");

/// Why the numbers of a run do not count although it may be valid: another build than `measure`,
/// settings changed by hand. Empty when they do.
[[nodiscard]] std::string label_text(const RunDocument& run);

}  // namespace queuemeter
