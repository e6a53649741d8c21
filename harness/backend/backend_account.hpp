// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/net/http_url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

/// What `queuemeter backend` answers to GET /stats.
struct BackendStats {
  BackendAccount account;
  std::uint64_t connections = 0;          ///< open now
  std::uint64_t connections_refused = 0;  ///< closed at once, because there were too many
  std::uint64_t gate_waiting = 0;         ///< calls waiting for a slot now
  std::uint64_t gate_peak = 0;            ///< the most that ever waited
  double uptime_seconds = 0.0;
};

/// One JSON document, `"schema": "queuemeter.backend/1"`. Times are seconds; `read_at` is not in
/// it, because the clocks of two hosts have nothing in common.
[[nodiscard]] std::string to_json(const BackendStats& stats);

/// The document back; nothing when it is not one. `account.read_at` is left unobserved.
[[nodiscard]] std::optional<BackendStats> parse_backend_stats(std::string_view json);

/// Asks the server at `url` for its account; nothing when it does not answer with one within 2 s.
/// `read_at` is the middle of the round trip on this host's CLOCK_MONOTONIC. Blocks.
[[nodiscard]] std::optional<BackendAccount> fetch_backend_account(const HttpUrl& url);

}  // namespace queuemeter
