// SPDX-License-Identifier: Apache-2.0
#include "harness/call/reply_wire.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace queuemeter {
namespace {

constexpr std::array magic{std::byte{'Q'}, std::byte{'M'}, std::byte{'R'}, std::byte{'1'}};

void put(std::span<std::byte> out, std::size_t offset, Instant at) noexcept {
  const auto value = static_cast<std::uint64_t>(to_nanoseconds(at));
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[offset + i] = static_cast<std::byte>(value >> (8U * i));
  }
}

Instant get(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << (8U * i);
  }
  return instant_from_nanoseconds(static_cast<std::int64_t>(value));
}

/// Whether what follows the header is ours. An echoed payload of exactly this size would have to
/// begin with our magic.
bool has_trailer(std::span<const std::byte> bytes) noexcept {
  return bytes.size() == reply_wire_bytes &&
         std::equal(magic.begin(), magic.end(), bytes.begin() + wire_header_bytes);
}

/// Whether a worker can have written this: a completed call, or a failed one with its reason.
bool is_sound(std::uint8_t outcome, std::uint8_t reason) noexcept {
  if (reason >= reason_count) {
    return false;
  }
  const auto why = static_cast<Reason>(reason);
  return outcome == static_cast<std::uint8_t>(Outcome::completed)
             ? why == Reason::none
             : outcome == static_cast<std::uint8_t>(Outcome::failed) &&
                   is_possible(Outcome::failed, why);
}

/// The record is in flight with this very call. The stage first: a record that is free now may hold
/// another call the next moment, but never this one again.
bool holds(const CallRecord& record, std::uint64_t sequence) noexcept {
  return record.stage() != CallRecord::Stage::free && record.sequence() == sequence;
}

}  // namespace

void write_reply(const CallRecord& record, std::span<std::byte> out) noexcept {
  assert(out.size() >= reply_wire_bytes);
  write_wire_header(record.call, out);
  const std::span<std::byte> trailer = out.subspan(wire_header_bytes, reply_trailer_bytes);
  std::copy(magic.begin(), magic.end(), trailer.begin());
  trailer[4] = static_cast<std::byte>(record.outcome);
  trailer[5] = static_cast<std::byte>(record.reason);
  trailer[6] = trailer[7] = std::byte{0};
  put(trailer, 8, record.at.taken_at);
  put(trailer, 16, record.at.called_at);
  put(trailer, 24, record.at.replied_at);
}

std::optional<CallHandle> read_reply(std::span<const std::byte> bytes,
                                     CallIntake& intake) noexcept {
  const Result<Call> call = read_wire_header(bytes);
  const std::span<const std::byte> trailer =
      has_trailer(bytes) ? bytes.subspan(wire_header_bytes) : std::span<const std::byte>{};
  if (!call || (!trailer.empty() && !is_sound(std::to_integer<std::uint8_t>(trailer[4]),
                                              std::to_integer<std::uint8_t>(trailer[5])))) {
    return intake.admit(Call{});  // of no run: counted as foreign
  }
  const std::optional<CallHandle> handle = intake.admit(*call);
  if (!handle.has_value() || trailer.empty()) {
    return handle;
  }
  CallRecord& record = *handle->record;
  if (holds(record, handle->sequence) && !is_observed(record.at.replied_at)) {
    record.outcome = static_cast<Outcome>(std::to_integer<std::uint8_t>(trailer[4]));
    record.reason = static_cast<Reason>(std::to_integer<std::uint8_t>(trailer[5]));
    record.at.taken_at = get(trailer, 8);
    record.at.called_at = get(trailer, 16);
    record.at.replied_at = get(trailer, 24);
  }
  return handle;
}

}  // namespace queuemeter
