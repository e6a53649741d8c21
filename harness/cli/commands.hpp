// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/exit_code.hpp"
#include "harness/cli/command_line.hpp"

namespace queuemeter::cli {

/// The commands: results on stdout, everything else on stderr. Each may throw what a third-party
/// library throws at it; `main` turns that into one sentence.
[[nodiscard]] ExitCode run_command(const CommandLine& line);
[[nodiscard]] ExitCode queues_command(const CommandLine& line);
[[nodiscard]] ExitCode backend_command(const CommandLine& line);
[[nodiscard]] ExitCode front_command(const CommandLine& line);
[[nodiscard]] ExitCode doctor_command(const CommandLine& line);
[[nodiscard]] ExitCode completion_command(const CommandLine& line);

/// Prints the error on stderr, every line of it with the program's name, and says what the shell
/// is told.
ExitCode complain(const Error& error);

}  // namespace queuemeter::cli
