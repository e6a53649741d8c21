// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace queuemeter {

/// Which class a call is of: drawn by weight, keyed by the call's draw key, so that it does not
/// depend on who offers the call. Immutable: safe from any thread.
class ClassDraw {
 public:
  /// One class for all calls.
  ClassDraw() : ClassDraw{0, {}} {}
  /// Weights above 0, whose sum is finite. None is the same as one.
  ClassDraw(std::uint64_t seed, std::span<const double> weights);

  [[nodiscard]] std::uint16_t of(std::uint64_t draw_key) const noexcept {
    return bounds_.empty() ? std::uint16_t{0} : draw(draw_key);
  }

 private:
  [[nodiscard]] std::uint16_t draw(std::uint64_t draw_key) const noexcept;

  KeyedDraws draws_;
  std::vector<double> bounds_;  // of all classes but the last: the sum of the shares up to it
};

}  // namespace queuemeter
