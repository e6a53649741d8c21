// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// IPv4 addresses, one after the other, from which connections are opened in turn. One address of
/// ours reaches one port of theirs about 28,000 times at once (net.ipv4.ip_local_port_range).
struct SourceAddresses {
  std::uint32_t first = 0;  ///< 127.0.0.1 is 0x7F000001
  std::uint32_t count = 0;  ///< 0: the system chooses

  /// "127.0.0.1..127.0.0.8" or "127.0.0.5"; 65,536 at the most.
  [[nodiscard]] static Result<SourceAddresses> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
  /// The address number `turn`, beginning anew after the last.
  [[nodiscard]] std::uint32_t of_turn(std::uint64_t turn) const noexcept {
    return first + static_cast<std::uint32_t>(turn % count);
  }
  friend bool operator==(const SourceAddresses&, const SourceAddresses&) = default;
};

}  // namespace queuemeter
