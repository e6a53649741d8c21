// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace queuemeter {

/// Somebody's text as a one-line error shows it: control characters as \xNN, cut between two
/// characters after about 60 bytes.
[[nodiscard]] std::string one_line(std::string_view text);

/// The same in double quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace queuemeter
