// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/cli/command_line.hpp"
#include "harness/front/front_settings.hpp"

#include <chrono>

namespace queuemeter::cli {

/// What `queuemeter front` was told.
struct FrontOptions {
  FrontSettings front;
  Duration drain = std::chrono::seconds{10};  ///< how long calls may finish after the stop signal
};

/// The error lists every option whose value is wrong.
[[nodiscard]] Result<FrontOptions> front_options(const CommandLine& line);

}  // namespace queuemeter::cli
