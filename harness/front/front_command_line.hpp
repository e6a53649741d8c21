// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/front/front_settings.hpp"

#include <string>
#include <vector>

namespace queuemeter {

/// `program front …` with these settings, for a `ServerProcess`. Options that have the value the
/// command gives them anyway are left out.
[[nodiscard]] std::vector<std::string> front_command_line(const std::string& program,
                                                          const FrontSettings& settings);

}  // namespace queuemeter
