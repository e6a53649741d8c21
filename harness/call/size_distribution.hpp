// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"
#include "harness/call/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// A distribution of payload sizes, in bytes.
///
/// Written "256B" or "constant(256B)", "uniform(100B, 2KiB)", "lognormal(1KiB, 1.2)" (its median
/// and the standard deviation of the logarithm; cut off at `largest_payload`).
/// Immutable: safe from any thread.
class SizeDistribution {
 public:
  enum class Kind { constant, uniform, lognormal };
  static constexpr std::uint32_t largest_payload = 16U << 20U;

  [[nodiscard]] static Result<SizeDistribution> parse(std::string_view text);
  [[nodiscard]] static SizeDistribution constant(std::uint32_t bytes);
  [[nodiscard]] static SizeDistribution uniform(std::uint32_t least, std::uint32_t most);
  [[nodiscard]] static SizeDistribution lognormal(std::uint32_t median, double sigma);

  /// The size that belongs to a draw; at most `largest()`.
  [[nodiscard]] std::uint32_t sample(UniformPair draw) const noexcept;
  [[nodiscard]] std::uint32_t largest() const noexcept;
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// As a scenario writes it; `parse` reads it back to the same distribution.
  [[nodiscard]] std::string to_text() const;
  friend bool operator==(const SizeDistribution&, const SizeDistribution&) = default;

 private:
  SizeDistribution(Kind kind, double first, double second)
      : kind_{kind}, first_{first}, second_{second} {}
  Kind kind_;
  double first_;   // bytes
  double second_;  // bytes, or the lognormal's sigma
};

}  // namespace queuemeter
