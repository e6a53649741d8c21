// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_intake.hpp"
#include "harness/call/call_record.hpp"
#include "harness/queue/queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace queuemeter::queues {

/// The bytes that a run's seed gives; each call's payload is a beginning of them. So sending copies
/// and receiving compares, instead of making and summing every payload anew. Immutable: any thread.
class PayloadBlock {
 public:
  PayloadBlock(std::uint64_t seed, std::uint32_t largest);
  [[nodiscard]] std::string_view first(std::size_t bytes) const noexcept {
    return std::string_view{bytes_.data(), bytes_.size()}.substr(0, bytes);
  }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::vector<char> bytes_;
};

/// What travels: calls (header and payload) or replies to them (header and trailer).
enum class MessageKind : std::uint8_t { call, reply };

/// Makes calls or replies into a broker's messages. One for each producer; one thread.
class MessageWriter {
 public:
  /// The payload must outlive it.
  MessageWriter(MessageKind kind, const PayloadBlock& payload) : kind_{kind}, payload_{payload} {}

  [[nodiscard]] std::size_t bytes_of(const CallRecord& record) const noexcept;
  /// Writes the message; `out` has `bytes_of` bytes.
  void write(const CallRecord& record, std::span<char> out) noexcept;

 private:
  /// Checksums are remembered for so many different payload lengths.
  static constexpr std::size_t cached_lengths = 64;
  struct Checksum {
    std::uint64_t payload_bytes = ~std::uint64_t{0};
    std::uint64_t value = 0;
  };

  [[nodiscard]] std::size_t payload_bytes_of(const CallRecord& record) const noexcept;
  [[nodiscard]] std::uint64_t checksum_of(std::size_t payload_bytes) noexcept;

  MessageKind kind_;
  const PayloadBlock& payload_;
  std::array<Checksum, cached_lengths> checksums_;
};

/// Makes a broker's messages into handles of calls. One for each consumer; one thread.
class MessageReader {
 public:
  MessageReader(MessageKind kind, const PayloadBlock& payload, CallIntake* intake)
      : kind_{kind}, payload_{payload}, intake_{intake} {}

  /// The call that a message carries. Nothing when it is foreign (the intake counts it) or its
  /// payload is not what was sent (counted here): then it must not be worked on.
  [[nodiscard]] std::optional<CallHandle> read(std::string_view message) noexcept;
  [[nodiscard]] std::uint64_t mutilated() const noexcept { return mutilated_; }

 private:
  MessageKind kind_;
  const PayloadBlock& payload_;
  CallIntake* intake_;
  std::uint64_t mutilated_ = 0;
};

/// Makes a message count one delivery more, in its header. Shorter ones are left alone.
void count_attempt(std::span<char> message) noexcept;

}  // namespace queuemeter::queues
