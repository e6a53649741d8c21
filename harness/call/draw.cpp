// SPDX-License-Identifier: Apache-2.0
#include "harness/call/draw.hpp"

namespace queuemeter {
namespace {

// Multipliers and Weyl increments of Philox4x32 (Salmon et al., section 3.3).
constexpr std::uint64_t multiplier_0 = 0xD2511F53U;
constexpr std::uint64_t multiplier_1 = 0xCD9E8D57U;
constexpr std::uint32_t weyl_0 = 0x9E3779B9U;
constexpr std::uint32_t weyl_1 = 0xBB67AE85U;

/// 52 random bits, moved by half a step so that neither 0 nor 1 can occur.
double open_unit(std::uint32_t high, std::uint32_t low) noexcept {
  const std::uint64_t bits = ((std::uint64_t{high} << 32U) | low) >> 12U;  // 52 bits
  return (static_cast<double>(bits) + 0.5) * 0x1.0p-52;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) noexcept {
#pragma GCC unroll 10  // the words stay in registers
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product_0 = multiplier_0 * counter[0];
    const std::uint64_t product_1 = multiplier_1 * counter[2];
    counter = {static_cast<std::uint32_t>(product_1 >> 32U) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product_1),
               static_cast<std::uint32_t>(product_0 >> 32U) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product_0)};
    key[0] += weyl_0;
    key[1] += weyl_1;
  }
  return counter;
}

UniformPair KeyedDraws::uniform(std::uint64_t index, std::uint32_t sub) const noexcept {
  const auto bits = philox4x32(
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32U), stream_, sub},
      key_);
  return {open_unit(bits[0], bits[1]), open_unit(bits[2], bits[3])};
}

}  // namespace queuemeter
