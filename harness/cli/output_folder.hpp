// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <optional>
#include <string>

namespace queuemeter::cli {

/// The folder that a command writes into, made before anything is measured: `wanted`, or the next
/// free `queuemeter-runs/<n>`. Every error is `Error::usage`, because nothing was lost yet: not
/// writable, not a folder, or it holds a run already.
[[nodiscard]] Result<std::string> open_output_folder(const std::optional<std::string>& wanted);

/// Takes back an output folder that nothing was written into; anything else is left alone.
void remove_if_empty(const std::string& folder) noexcept;

}  // namespace queuemeter::cli
