// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/call/error.hpp"
#include "harness/cli/command_line.hpp"

namespace queuemeter::cli {

/// The settings of `queuemeter backend`; the error lists every option whose value is wrong.
[[nodiscard]] Result<BackendServerSettings> backend_settings(const CommandLine& line);

}  // namespace queuemeter::cli
