// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_intake.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/wire.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace queuemeter {

/// The form in which a reply travels through a queue that carries bytes: the 64-byte header of the
/// call, as it came (see wire.hpp), then a trailer of 32 bytes, little-endian, and no payload.
///
/// | offset | size | field |
/// |---|---|---|
/// | 64 | 4 | magic "QMR1" (the digit is the version) |
/// | 68 | 1 | outcome: 0 completed, 4 failed |
/// | 69 | 1 | reason, as `Reason` numbers them; 0 none |
/// | 70 | 2 | reserved, 0 |
/// | 72 | 8 | taken_at, CLOCK_MONOTONIC ns |
/// | 80 | 8 | called_at |
/// | 88 | 8 | replied_at |
///
/// An instant that was not observed is the least 64-bit integer. Workers that are not ours may
/// leave the trailer out, and echo the payload or not: then the call is completed, and the spans
/// that only a worker can see stay null.
inline constexpr std::size_t reply_trailer_bytes = 32;
inline constexpr std::size_t reply_wire_bytes = wire_header_bytes + reply_trailer_bytes;

/// Writes the reply to the call that `record` holds into the first `reply_wire_bytes` of `out`,
/// which must be that large: its header, outcome, reason and the worker's three instants.
void write_reply(const CallRecord& record, std::span<std::byte> out) noexcept;

/// Reads a reply, and writes its outcome and instants into the call's record, unless the record
/// holds another call by now or has had a reply. Nothing when the message is not a reply to a call
/// of this run; `intake` counts it then.
///
/// In the process that offers, only the thread that settles may call it: records are in flight
/// until that thread frees them.
[[nodiscard]] std::optional<CallHandle> read_reply(std::span<const std::byte> bytes,
                                                   CallIntake& intake) noexcept;

}  // namespace queuemeter
