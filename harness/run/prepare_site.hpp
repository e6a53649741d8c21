// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/server_process.hpp"
#include "harness/call/error.hpp"

#include <memory>
#include <optional>

namespace queuemeter {

struct RunState;

/// The backend of a scenario as a process of its own. `words` are added to its command; `passed_on`
/// is a descriptor for it, or -1.
[[nodiscard]] Result<std::unique_ptr<ServerProcess>> start_backend_process(
    const RunState& state, const std::vector<std::string>& words = {}, int passed_on = -1);

/// Brings the path through a front end to where calls can be offered: starts what is ours to start,
/// knocks at what is not, and makes the run's `Site`. An error: something cannot be reached, or
/// cannot be called as the scenario says.
[[nodiscard]] std::optional<Error> prepare_site(RunState& state);

}  // namespace queuemeter
