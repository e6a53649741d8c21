// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

/// What names one call in other people's systems: "<run id>-<sequence>", both in lower-case
/// hexadecimal without leading zeros. Unique for each call of each run, and safe in URLs, headers
/// and JSON.
struct CallId {
  std::uint64_t run_id = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const CallId&, const CallId&) = default;
};
inline constexpr std::size_t longest_call_id = 33;

/// Adds the id to `text`; allocates only where `text` has no room for it.
void append_call_id(std::string& text, const CallId& id);
/// The id in exactly the form above; nothing for anything else.
[[nodiscard]] std::optional<CallId> parse_call_id(std::string_view text) noexcept;

}  // namespace queuemeter
