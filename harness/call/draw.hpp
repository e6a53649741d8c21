// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace queuemeter {

/// What a random draw is for; part of its key, so that two uses never share numbers.
enum class DrawUse : std::uint32_t {
  arrival,
  service,
  backend_error,
  backend_hang,
  payload,
  think,
  call_class,
  deadline,
  retry_delay,
  recycle,
  crash
};

/// Random numbers that are a pure function of a key.
///
/// The same (seed, use, class, index) gives the same bits on every thread, machine and run, and in
/// a simulation, whoever asks first. Philox4x32-10.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
[[nodiscard]] std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                      std::array<std::uint32_t, 2> key) noexcept;

/// Two independent uniform numbers in the open interval (0, 1), 52 bits each.
struct UniformPair {
  double first = 0.5;
  double second = 0.5;
};

/// The draws of one use and class. Immutable: safe from any thread.
class KeyedDraws {
 public:
  constexpr KeyedDraws(std::uint64_t seed, DrawUse use, std::uint16_t class_index = 0) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)},
        stream_{((static_cast<std::uint32_t>(use) + 1U) << 16U) | class_index} {}

  /// The draw of call number `index`; `sub` separates further draws for the same call.
  [[nodiscard]] UniformPair uniform(std::uint64_t index, std::uint32_t sub = 0) const noexcept;

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t stream_;
};

}  // namespace queuemeter
