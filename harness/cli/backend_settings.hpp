// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/call/call_id_rule.hpp"
#include "harness/call/error.hpp"
#include "harness/cli/command_line.hpp"

#include <cstdint>
#include <optional>

namespace queuemeter::cli {

/// The settings of `queuemeter backend`; the error lists every option whose value is wrong.
[[nodiscard]] Result<BackendServerSettings> backend_settings(const CommandLine& line);

/// Whose calls a backend is to report, for a run that started it.
struct WatchSettings {
  std::uint64_t run_id = 0;
  CallIdRule call_id;
};
/// Nothing without `--watch`. Errors: as above.
[[nodiscard]] Result<std::optional<WatchSettings>> watch_settings(const CommandLine& line);

}  // namespace queuemeter::cli
