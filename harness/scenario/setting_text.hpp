// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/scenario/scenario.hpp"

#include <string>
#include <string_view>

namespace queuemeter {

/// Settings that are one text with several parts. Every parser takes the whole text and says in its
/// error what it got and what it takes; `to_scenario_text` is read back to the same value.

/// "timer", "spin:50us", "coalesce:1ms".
[[nodiscard]] Result<Pacing> parse_pacing(std::string_view text);
[[nodiscard]] std::string to_scenario_text(const Pacing& pacing);

/// "127.0.0.1:9000", "[::1]:9000"; port 0 is a free one.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);
[[nodiscard]] std::string to_scenario_text(const ListenAddress& address);

/// What a sine swings between: "1k/s..3k/s".
struct Swing {
  Rate least;
  Rate most;
};
[[nodiscard]] Result<Swing> parse_swing(std::string_view text);
[[nodiscard]] std::string to_scenario_text(const Swing& swing);

}  // namespace queuemeter
