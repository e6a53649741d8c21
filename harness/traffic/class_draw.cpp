// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/class_draw.hpp"

#include <algorithm>
#include <numeric>

namespace queuemeter {

ClassDraw::ClassDraw(std::uint64_t seed, std::span<const double> weights)
    : draws_{seed, DrawUse::call_class} {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0.0;
  for (std::size_t index = 0; index + 1 < weights.size(); ++index) {
    sum += weights[index];
    bounds_.push_back(sum / total);
  }
}

std::uint16_t ClassDraw::draw(std::uint64_t draw_key) const noexcept {
  const double share = draws_.uniform(draw_key).first;
  return static_cast<std::uint16_t>(std::ranges::upper_bound(bounds_, share) - bounds_.begin());
}

}  // namespace queuemeter
