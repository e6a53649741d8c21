// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/toml_value.hpp"

#include <string>

namespace queuemeter {

/// Makes the files that settings name absolute (`replay:FILE`, `empirical(FILE)`, `@FILE`), so that
/// the text in a run folder names them as well: in a scenario file they are below its folder, from
/// the command line below the current one. An empty `folder` leaves what is not from the command
/// line as it is. Options of a queue are its own.
void anchor_files(TomlValue& root, const std::string& folder);

/// The folder that holds a scenario file; of a pipe, the current folder.
[[nodiscard]] std::string folder_of_scenario(const std::string& path);

}  // namespace queuemeter
