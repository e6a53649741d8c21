// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/option_table.hpp"

#include <string>

namespace queuemeter::cli {

/// `queuemeter --help`: the commands, the exit codes. Lines of at most 100 columns.
[[nodiscard]] std::string program_help();

/// `queuemeter run --help`: usage, every option that is built, examples.
[[nodiscard]] std::string command_help(const Command& command);

}  // namespace queuemeter::cli
