// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/outcome.hpp"

#include <cstdint>
#include <type_traits>

namespace queuemeter {

/// What a watched backend tells a run of one request: one record of the pipe between them, in the
/// form that both have in memory, because they are one program on one machine.
struct BackendReport {
  std::uint64_t sequence = 0;
  std::int64_t called_at = 0;   ///< ns of CLOCK_MONOTONIC: the request was there
  std::int64_t replied_at = 0;  ///< likewise: the answer went out
  std::uint64_t strange = 0;    ///< requests without the id of a call, so far
  std::uint64_t missed = 0;     ///< reports that found no room, so far
  Reason reason = Reason::none;
  bool is_of_a_call = false;  ///< else it tells the two counts only
  std::uint8_t unused[6] = {};
};
static_assert(std::is_trivially_copyable_v<BackendReport> && sizeof(BackendReport) == 48);

}  // namespace queuemeter
