// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Standard base64 with padding. Source: RFC 4648, section 4.
[[nodiscard]] std::string encode_base64(std::span<const std::uint8_t> bytes);

/// The reverse; nothing when `text` is not whole, padded base64.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

}  // namespace queuemeter
