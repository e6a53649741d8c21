// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace queuemeter {

/// One interface call somebody wants made.
///
/// `planned_at` travels with the call through any queue and is never overwritten: completion and
/// answer are always measured from it, so a stalled generator cannot hide a stall.
struct Call {
  Instant planned_at = unobserved;
  std::uint64_t sequence = 0;  ///< its number in the ledger, unique in the run, from 0 and dense
  /// What its random draws (class, service, payload, deadline, think) are keyed by: the sequence in
  /// an open loop, `caller_draw_key(caller, n)` in closed and half-open ones. Not on the wire.
  std::uint64_t draw_key = 0;
  Instant deadline = never;
  std::uint32_t caller = 0;  ///< closed: the caller; half-open: the session; open: the offerer
  std::uint32_t slot = 0;    ///< of its record in the run's `RecordTable`; travels along
  std::uint32_t payload_bytes = 0;
  std::uint32_t attempt = 1;
  std::uint16_t class_index = 0;
  std::uint16_t offerer = 0;  ///< the offering thread, which owns the record. Not on the wire
  std::uint8_t priority = 0;
  std::uint64_t checksum = 0;  ///< of the payload
  std::uint64_t run_id = 0;
};

/// The draw key of a caller's n-th call, from 0: the same whoever offers it, and when.
/// Keys repeat after 2^32 calls of one caller, and nothing else happens then.
[[nodiscard]] constexpr std::uint64_t caller_draw_key(std::uint32_t caller,
                                                      std::uint64_t n) noexcept {
  return (n << 32U) | caller;
}

/// When each thing happened to a call after it was planned; `unobserved` where nobody could see it.
/// Its acceptance is not among them: whoever learns of it records it at once.
struct Instants {
  Instant offered_at = unobserved;
  Instant taken_at = unobserved;
  Instant called_at = unobserved;
  Instant replied_at = unobserved;
  Instant returned_at = unobserved;
};

/// The measured lengths between those instants, in the order of a call's life.
enum class Span : std::uint8_t {
  completion,  ///< planned → returned (or replied, where nothing returns): the result is ready
  answer,      ///< planned → first answer: what the caller waits for
  lateness,    ///< planned → offered: our own error
  admission,   ///< offered → accepted; overlaps queueing and is not part of the sum
  queueing,    ///< offered → taken
  handoff,     ///< taken → called (offered → called where there is no queue)
  service,     ///< called → replied
  returning    ///< replied → returned; "return" in results
};
inline constexpr std::size_t span_count = 8;
inline constexpr std::array<Span, span_count> all_spans{
    Span::completion, Span::answer,  Span::lateness, Span::admission,
    Span::queueing,   Span::handoff, Span::service,  Span::returning};

/// The words of results and reports.
[[nodiscard]] std::string_view to_string(Span span) noexcept;

}  // namespace queuemeter
