// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <cstddef>
#include <optional>
#include <string>

// Private to this folder: what a run suggests to try.
namespace queuemeter {

/// The command that repeats a scenario file; a queue whose password no file may hold must be named
/// again.
[[nodiscard]] std::string command_for(const RunDocument& run, const std::string& scenario_file);

/// What to type next after one run, with the reason; only commands that exist.
[[nodiscard]] std::string next_step(const RunDocument& run, const std::string& scenario_file);

/// The bound of a queue that is served within a quarter of what callers wait for; nothing when the
/// queue of the run is no longer than that.
[[nodiscard]] std::optional<std::size_t> better_bound(const RunDocument& run);

}  // namespace queuemeter
