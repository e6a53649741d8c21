// SPDX-License-Identifier: Apache-2.0
#include "harness/run/observation.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(Trend, OfAStraightLineIsExact) {
  Trend trend;
  for (int point = 0; point < 100; ++point) {
    trend.add(point * 0.1, 5.0 + 200.0 * point * 0.1);
  }

  EXPECT_NEAR(trend.slope(), 200.0, 1e-9);
  EXPECT_NEAR(trend.slope_error(), 0.0, 1e-6);
}

/// Points 0, 1, 0 at 0, 1, 2: slope 0, residual sum of squares 2/3, so its error is √(1/3).
TEST(Trend, SaysHowUncertainItIs) {
  Trend trend;
  trend.add(0.0, 0.0);
  trend.add(1.0, 1.0);
  trend.add(2.0, 0.0);

  EXPECT_NEAR(trend.slope(), 0.0, 1e-12);
  EXPECT_NEAR(trend.slope_error(), 0.57735026919, 1e-9);
}

TEST(Trend, OfOnePointIsFlat) {
  Trend trend;
  trend.add(1.0, 7.0);

  EXPECT_EQ(trend.slope(), 0.0);
  EXPECT_EQ(trend.slope_error(), 0.0);
}

}  // namespace
}  // namespace queuemeter
