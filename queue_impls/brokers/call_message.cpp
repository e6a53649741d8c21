// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/call_message.hpp"

#include "harness/call/reply_wire.hpp"
#include "harness/call/wire.hpp"

#include <algorithm>
#include <cstring>

namespace queuemeter::queues {
namespace {

constexpr std::size_t attempt_offset = 28;  // see wire.hpp

}  // namespace

PayloadBlock::PayloadBlock(std::uint64_t seed, std::uint32_t largest) : bytes_(largest) {
  fill_payload(seed, 0, std::as_writable_bytes(std::span{bytes_}));
}

std::size_t MessageWriter::payload_bytes_of(const CallRecord& record) const noexcept {
  return std::min<std::size_t>(record.call.payload_bytes, payload_.size());
}

std::size_t MessageWriter::bytes_of(const CallRecord& record) const noexcept {
  return kind_ == MessageKind::reply ? reply_wire_bytes
                                     : wire_header_bytes + payload_bytes_of(record);
}

void MessageWriter::write(const CallRecord& record, std::span<char> out) noexcept {
  const std::span<std::byte> bytes = std::as_writable_bytes(out);
  if (kind_ == MessageKind::reply) {
    write_reply(record, bytes);
    return;
  }
  Call call = record.call;
  const std::string_view payload = payload_.first(payload_bytes_of(record));
  call.payload_bytes = static_cast<std::uint32_t>(payload.size());
  call.checksum = checksum_of(payload.size());
  write_wire_header(call, bytes);
  if (!payload.empty()) {
    std::memcpy(out.data() + wire_header_bytes, payload.data(), payload.size());
  }
}

std::uint64_t MessageWriter::checksum_of(std::size_t payload_bytes) noexcept {
  Checksum& cached = checksums_[payload_bytes % cached_lengths];
  if (cached.payload_bytes != payload_bytes) {
    const std::string_view payload = payload_.first(payload_bytes);
    cached = {payload_bytes,
              payload_checksum(std::as_bytes(std::span{payload.data(), payload.size()}))};
  }
  return cached.value;
}

std::optional<CallHandle> MessageReader::read(std::string_view message) noexcept {
  if (intake_ == nullptr) {
    return std::nullopt;
  }
  const std::span<const std::byte> bytes = std::as_bytes(std::span{message.data(), message.size()});
  if (kind_ == MessageKind::reply) {
    return read_reply(bytes, *intake_);
  }
  const Result<Call> call = read_wire_header(bytes);
  if (!call) {
    return intake_->admit(Call{});  // of no run: counted as foreign
  }
  const std::optional<CallHandle> handle = intake_->admit(*call);
  if (handle.has_value() &&
      message.substr(wire_header_bytes) != payload_.first(call->payload_bytes)) {
    ++mutilated_;
    return std::nullopt;
  }
  return handle;
}

void count_attempt(std::span<char> message) noexcept {
  for (std::size_t at = attempt_offset;
       at < attempt_offset + 4 && message.size() >= wire_header_bytes; ++at) {
    // Little-endian: a byte that wraps carries into the next.
    message[at] = static_cast<char>(static_cast<unsigned char>(message[at]) + 1U);
    if (message[at] != 0) {
      return;
    }
  }
}

}  // namespace queuemeter::queues
