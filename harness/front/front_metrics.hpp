// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/front/callback_sender.hpp"
#include "harness/measure/histogram.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace queuemeter {

/// What a front end has done since its start. One thread.
struct FrontCounts {
  std::uint64_t accepted = 0;
  // Refused, by what for.
  std::uint64_t queue_full = 0;
  std::uint64_t queue_failed = 0;
  std::uint64_t client_limit = 0;
  std::uint64_t draining = 0;
  std::uint64_t bad_call = 0;  ///< an id or a callback URL that cannot be used
  std::uint64_t id_taken = 0;
  // Done, by how.
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t expired = 0;
  std::uint64_t unfinished = 0;
  std::uint64_t duplicates = 0;  ///< deliveries too many
  Histogram completion;          ///< from the request to the result, of completed calls
};

/// What is so right now.
struct FrontGauges {
  std::size_t live = 0;  ///< accepted and not done
  std::optional<std::size_t> queued;
  std::size_t kept = 0;
  std::size_t connections = 0;
  std::size_t buffered_bytes = 0;
};

/// As Prometheus reads it. Source: OpenMetrics 1.0, text format.
[[nodiscard]] std::string to_open_metrics(const FrontCounts& counts, const FrontGauges& gauges,
                                          const CallbackSender::Counts& callbacks);

}  // namespace queuemeter
