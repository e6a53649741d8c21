// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

/// The text of a small file of the kernel, at most 64 KiB of it; nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> read_proc_text(const std::string& path);

/// What follows `key` on the first line that begins with it, without blanks, colons and `=` around.
[[nodiscard]] std::optional<std::string_view> value_after(std::string_view text,
                                                          std::string_view key);

/// The number at the beginning of `text`, after blanks; nothing when there is none.
[[nodiscard]] std::optional<double> leading_number(std::string_view text);

/// Takes the next whole number off the front of `text`.
[[nodiscard]] std::optional<std::uint64_t> take_number(std::string_view& text);

}  // namespace queuemeter
