// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstddef>
#include <string>

namespace queuemeter {

/// The bytes of a file, `most_bytes` at the most. Errors: `Error::usage` with the file and why.
[[nodiscard]] Result<std::string> read_whole_file(const std::string& path, std::size_t most_bytes);

}  // namespace queuemeter
