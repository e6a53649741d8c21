// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace queuemeter::statistics {
namespace {

TEST(Kolmogorov, TheDistanceOfOneSampleIsKnown) {
  // F(ln 2) = 0.5, so the step from 0 to 1 is half away on either side.
  const std::vector<double> one{std::log(2.0)};

  EXPECT_NEAR(kolmogorov_distance_to_exponential(one), 0.5, 1e-12);
}

TEST(Kolmogorov, TheTabulatedCriticalValuesHaveTheirProbabilities) {
  // Source: Stephens 1974, table 1A: the modified statistic 1.358 at 5 %, 1.628 at 1 %.
  const std::size_t n = 400;
  const double root = std::sqrt(400.0) + 0.12 + 0.11 / std::sqrt(400.0);

  EXPECT_NEAR(kolmogorov_p_value(1.358 / root, n), 0.05, 5e-4);
  EXPECT_NEAR(kolmogorov_p_value(1.628 / root, n), 0.01, 1e-4);
  EXPECT_EQ(kolmogorov_p_value(0.0, n), 1.0);
  EXPECT_LT(kolmogorov_p_value(0.3, n), 1e-30);
}

TEST(Kolmogorov, ExponentialSamplesAreRejectedAsOftenAsPromised) {
  std::mt19937_64 random{11};
  std::exponential_distribution<double> gap{1.0};
  int below = 0;
  constexpr int rounds = 2'000;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> gaps(300);
    for (double& value : gaps) {
      value = gap(random);
    }
    const double distance = kolmogorov_distance_to_exponential(gaps);
    below += kolmogorov_p_value(distance, gaps.size()) < 0.05 ? 1 : 0;
  }

  EXPECT_NEAR(static_cast<double>(below) / rounds, 0.05, 0.02);
}

TEST(MannKendall, ARisingSeriesHasItsKnownScore) {
  // n = 10, S = 45, variance 10·9·25/18 = 125: Z = 44/√125.
  const std::vector<double> rising{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const std::vector<double> falling{10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

  EXPECT_NEAR(mann_kendall_z(rising), 44.0 / std::sqrt(125.0), 1e-12);
  EXPECT_NEAR(mann_kendall_z(falling), -44.0 / std::sqrt(125.0), 1e-12);
}

TEST(MannKendall, EqualValuesHaveNoTrend) {
  EXPECT_EQ(mann_kendall_z(std::vector<double>(20, 3.0)), 0.0);
  EXPECT_EQ(mann_kendall_z({}), 0.0);
}

TEST(MannKendall, TiesLessenTheVariance) {
  // S = 8, and one tie of two takes 2·1·9/18 = 1 from 5·4·15/18.
  const std::vector<double> values{1, 2, 2, 3, 4};

  EXPECT_NEAR(mann_kendall_z(values), 8.0 / std::sqrt(50.0 / 3.0 - 1.0), 1e-12);
}

TEST(NormalTail, KnownQuantilesHaveTheirProbabilities) {
  EXPECT_NEAR(two_sided_normal_p(1.959964), 0.05, 1e-6);
  EXPECT_NEAR(two_sided_normal_p(-3.290527), 0.001, 1e-8);
  EXPECT_EQ(two_sided_normal_p(0.0), 1.0);
}

}  // namespace
}  // namespace queuemeter::statistics
