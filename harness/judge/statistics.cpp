// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numbers>
#include <vector>

namespace queuemeter::statistics {

double kolmogorov_distance_to_exponential(std::span<const double> sample) {
  std::vector<double> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double greatest = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double expected = sorted[i] > 0.0 ? -std::expm1(-sorted[i]) : 0.0;
    const auto below = static_cast<double>(i);
    greatest = std::max({greatest, expected - below / n, (below + 1.0) / n - expected});
  }
  return greatest;
}

double kolmogorov_p_value(double distance, std::size_t n) {
  const double root = std::sqrt(static_cast<double>(n));
  const double x = (root + 0.12 + 0.11 / root) * distance;
  // Below this the alternating series needs many terms, and the result is 1 to six digits.
  constexpr double certain_below = 0.25;
  if (!(x > certain_below)) {
    return 1.0;
  }
  double sum = 0.0;
  double sign = 1.0;
  for (int k = 1; k <= 100; ++k) {
    sum += sign * std::exp(-2.0 * k * k * x * x);
    sign = -sign;
  }
  return std::clamp(2.0 * sum, 0.0, 1.0);
}

double mann_kendall_z(std::span<const double> values) {
  const std::size_t n = values.size();
  double score = 0.0;
  std::map<double, double> ties;
  for (std::size_t i = 0; i < n; ++i) {
    ties[values[i]] += 1.0;
    for (std::size_t j = i + 1; j < n; ++j) {
      score += values[j] > values[i] ? 1.0 : values[j] < values[i] ? -1.0 : 0.0;
    }
  }
  const auto variance_of = [](double t) { return t * (t - 1.0) * (2.0 * t + 5.0) / 18.0; };
  double variance = variance_of(static_cast<double>(n));
  for (const auto& [value, times] : ties) {
    variance -= variance_of(times);
  }
  if (!(variance > 0.0) || score == 0.0) {
    return 0.0;
  }
  return (score > 0.0 ? score - 1.0 : score + 1.0) / std::sqrt(variance);
}

double two_sided_normal_p(double z) { return std::erfc(std::abs(z) / std::numbers::sqrt2); }

}  // namespace queuemeter::statistics
