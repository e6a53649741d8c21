// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace queuemeter::cli {

/// A script that teaches a shell ("bash", "zsh" or "fish") to complete commands, options and their
/// values, made from the table of options. `queues` are the names to propose for `--queue`. Empty
/// for any other shell.
[[nodiscard]] std::string completion_script(std::string_view shell,
                                            std::span<const std::string_view> queues);

}  // namespace queuemeter::cli
