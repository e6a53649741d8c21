// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

namespace queuemeter {

/// The machine this process runs on. Costs some milliseconds: the clock is timed. Thread-safe.
[[nodiscard]] Machine this_machine();

/// How this program was built. Thread-safe.
[[nodiscard]] BuildIdentity this_build();

/// True for the preset whose numbers count.
[[nodiscard]] bool is_measuring_build(const BuildIdentity& build) noexcept;

}  // namespace queuemeter
