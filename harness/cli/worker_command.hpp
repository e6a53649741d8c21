// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/exit_code.hpp"

#include <span>
#include <string>

namespace queuemeter::cli {

/// The word that a run starts its worker processes with. It is no command for people: it is not in
/// the table of commands, and `main` looks for it before it reads options.
inline constexpr const char* worker_word = "worker";

/// One worker process; `words` are what follows its word. Never writes to standard output.
[[nodiscard]] ExitCode worker_command(std::span<const std::string> words);

}  // namespace queuemeter::cli
