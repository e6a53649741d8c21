// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace queuemeter {

/// What a producer may rely on once an offer was accepted.
enum class ProducerGuarantee : std::uint8_t {
  g0_fire_and_forget,
  g1_acknowledged_volatile,
  g2_survives_process_kill,
  g3_after_fsync,
  g4_quorum
};

/// What happens to a call whose consumer dies.
enum class ConsumerGuarantee : std::uint8_t { c0_at_most_once, c1_ack_after_work, c2_batched_ack };

/// "G1": never printed without `plain_words`.
[[nodiscard]] std::string_view to_string(ProducerGuarantee guarantee) noexcept;
[[nodiscard]] std::string_view to_string(ConsumerGuarantee guarantee) noexcept;
/// "acknowledged, but gone when the process dies".
[[nodiscard]] std::string_view plain_words(ProducerGuarantee guarantee) noexcept;
[[nodiscard]] std::string_view plain_words(ConsumerGuarantee guarantee) noexcept;

}  // namespace queuemeter
