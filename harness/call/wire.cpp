// SPDX-License-Identifier: Apache-2.0
#include "harness/call/wire.hpp"

#include "harness/call/draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace queuemeter {
namespace {

constexpr std::array<std::byte, 3> magic{std::byte{'Q'}, std::byte{'M'}, std::byte{'C'}};
constexpr std::byte version{'1'};

/// Little-endian on every machine; compilers turn the loops into one move.
template <class Integer>
void put(std::span<std::byte> out, std::size_t offset, Integer value) noexcept {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8U * i));
  }
}

template <class Integer>
Integer get(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << (8U * i);
  }
  return static_cast<Integer>(value);
}

}  // namespace

void write_wire_header(const Call& call, std::span<std::byte> out) noexcept {
  assert(out.size() >= wire_header_bytes);
  std::fill_n(out.begin(), wire_header_bytes, std::byte{0});
  std::copy(magic.begin(), magic.end(), out.begin());
  out[3] = version;
  put(out, 4, call.payload_bytes);
  put(out, 8, call.run_id);
  put(out, 16, call.sequence);
  put(out, 24, call.caller);
  put(out, 28, call.attempt);
  put(out, 32, call.class_index);
  put(out, 34, call.priority);
  put(out, 36, call.slot);
  put(out, 40, to_nanoseconds(call.planned_at));
  put(out, 48, to_nanoseconds(call.deadline));
  put(out, 56, call.checksum);
}

Result<Call> read_wire_header(std::span<const std::byte> bytes) {
  if (bytes.size() < wire_header_bytes) {
    return Error::invalid(fmt::format("the header of a call has {} bytes, but only {} came",
                                      wire_header_bytes, bytes.size()));
  }
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) {
    return Error::invalid(
        "the header of a call begins with QMC, but this message does not: it is not queuemeter's");
  }
  if (bytes[3] != version) {
    return Error::invalid(fmt::format(
        "the header of a call has version byte 0x{:02x}, but this build reads version 1 only: use "
        "the same build on both sides",
        std::to_integer<unsigned>(bytes[3])));
  }
  Call call;
  call.payload_bytes = get<std::uint32_t>(bytes, 4);
  call.run_id = get<std::uint64_t>(bytes, 8);
  call.sequence = get<std::uint64_t>(bytes, 16);
  call.caller = get<std::uint32_t>(bytes, 24);
  call.attempt = get<std::uint32_t>(bytes, 28);
  call.class_index = get<std::uint16_t>(bytes, 32);
  call.priority = get<std::uint8_t>(bytes, 34);
  call.slot = get<std::uint32_t>(bytes, 36);
  call.planned_at = instant_from_nanoseconds(get<std::int64_t>(bytes, 40));
  call.deadline = instant_from_nanoseconds(get<std::int64_t>(bytes, 48));
  call.checksum = get<std::uint64_t>(bytes, 56);
  return call;
}

std::uint64_t payload_checksum(std::span<const std::byte> payload) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte byte : payload) {
    hash ^= std::to_integer<std::uint64_t>(byte);
    hash *= 0x100000001b3U;
  }
  return hash;
}

void fill_payload(std::uint64_t seed, std::uint64_t sequence,
                  std::span<std::byte> payload) noexcept {
  constexpr std::size_t block_bytes = 16;
  constexpr auto stream = static_cast<std::uint32_t>(DrawUse::payload) << 16U;
  for (std::size_t block = 0; block * block_bytes < payload.size(); ++block) {
    const auto words = philox4x32(
        {static_cast<std::uint32_t>(sequence), static_cast<std::uint32_t>(sequence >> 32U), stream,
         static_cast<std::uint32_t>(block)},
        {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)});
    const std::span rest = payload.subspan(block * block_bytes);
    for (std::size_t i = 0; i < std::min(block_bytes, rest.size()); ++i) {
      rest[i] = static_cast<std::byte>(words[i / 4] >> (8U * (i % 4)));
    }
  }
}

}  // namespace queuemeter
