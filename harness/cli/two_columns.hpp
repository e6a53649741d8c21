// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace queuemeter::cli {

inline constexpr std::size_t widest_line = 100;

/// `label`, then `text` from column `margin` on, broken between words so that no line is wider than
/// `widest_line` (unless a word is). A label that reaches the margin gets a line of its own.
[[nodiscard]] std::string two_columns(std::string_view label, std::size_t margin,
                                      std::string_view text);

}  // namespace queuemeter::cli
