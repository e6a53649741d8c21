// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace queuemeter {

/// The form in which a call leaves this process: a 64-byte header, little-endian, then the payload.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic "QMC1" (the digit is the version) |
/// | 4 | 4 | payload bytes |
/// | 8 | 8 | run id |
/// | 16 | 8 | sequence |
/// | 24 | 4 | caller |
/// | 28 | 4 | attempt |
/// | 32 | 2 | class |
/// | 34 | 1 | priority |
/// | 35 | 1 | reserved, 0 |
/// | 36 | 4 | slot of the sender's record |
/// | 40 | 8 | planned_at, CLOCK_MONOTONIC ns |
/// | 48 | 8 | deadline, CLOCK_MONOTONIC ns |
/// | 56 | 8 | checksum of the payload |
inline constexpr std::size_t wire_header_bytes = 64;

/// Writes the header of `call` into the first 64 bytes of `out`, which must be that large.
void write_wire_header(const Call& call, std::span<std::byte> out) noexcept;

/// Reads a header; an error names what is wrong (too short, foreign magic, other version).
[[nodiscard]] Result<Call> read_wire_header(std::span<const std::byte> bytes);

/// FNV-1a, 64 bits, over the payload. Source: Fowler, Noll, Vo; offset basis 0xcbf29ce484222325.
[[nodiscard]] std::uint64_t payload_checksum(std::span<const std::byte> payload) noexcept;

/// Fills `payload` with the bytes that belong to call `sequence` of a run's seed, so that a
/// receiver can tell a mutilated payload from a whole one.
void fill_payload(std::uint64_t seed, std::uint64_t sequence,
                  std::span<std::byte> payload) noexcept;

}  // namespace queuemeter
