// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"

#include <string>
#include <vector>

namespace queuemeter {

/// `program backend …` with these settings, for a `ServerProcess`. Options that have the value the
/// command gives them anyway are left out.
[[nodiscard]] std::vector<std::string> backend_command_line(const std::string& program,
                                                            const BackendServerSettings& settings);

}  // namespace queuemeter
