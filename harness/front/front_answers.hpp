// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/front/call_book.hpp"

#include <string>
#include <string_view>

namespace queuemeter {

inline constexpr std::string_view plain = "Content-Type: text/plain\r\n";
inline constexpr std::string_view plain_and_retry =
    "Content-Type: text/plain\r\nRetry-After: 1\r\n";

/// The header lines that tell of a call that is done, beside its result.
void append_lines_of(const FrontCall& call, std::string& lines);

}  // namespace queuemeter
