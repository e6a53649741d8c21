// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace queuemeter::cli {

/// A text for people in which every URL has lost its password. URLs end at blanks and quotes. Every
/// part masks what it writes itself; this is the last door before the terminal.
[[nodiscard]] std::string without_passwords(std::string_view text);

}  // namespace queuemeter::cli
