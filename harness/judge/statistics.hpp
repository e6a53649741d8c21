// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace queuemeter::statistics {

/// The greatest distance between the sample's distribution function and Exp(1)'s.
[[nodiscard]] double kolmogorov_distance_to_exponential(std::span<const double> sample);

/// How likely a distance at least this large is for `n` draws of the law itself.
/// Source: Stephens, JASA 69 (1974): the asymptotic series at (√n + 0.12 + 0.11/√n)·D.
[[nodiscard]] double kolmogorov_p_value(double distance, std::size_t n);

/// The standardised Mann-Kendall statistic of a trend, corrected for ties and continuity; about
/// N(0, 1) for independent values from 8 on. Source: Kendall, Rank Correlation Methods, ch. 4.
[[nodiscard]] double mann_kendall_z(std::span<const double> values);

/// How likely a standard normal number is at least as far from 0 as `z`.
[[nodiscard]] double two_sided_normal_p(double z);

}  // namespace queuemeter::statistics
