// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// "Not Found" of 404; "Unknown" of a status that HTTP does not define.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// What a response says of its connection.
enum class ConnectionWord : std::uint8_t { none, close, keep_alive };

/// Appends status line and header lines of a response, the empty line included: date, `fields`,
/// length (where the status may have a body), connection.
void append_response_head(std::string& text, unsigned status, std::string_view fields,
                          std::uint64_t body_bytes, ConnectionWord word);

}  // namespace queuemeter
