// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <string>

namespace queuemeter {

/// The checks that warn or fail, a line each with what to do, and the label of a build whose
/// numbers do not count; empty for a valid run of a measuring build.
[[nodiscard]] std::string validity_text(const RunDocument& run);

}  // namespace queuemeter
