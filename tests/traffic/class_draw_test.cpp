// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/class_draw.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace queuemeter {
namespace {

TEST(ClassDraw, OneClassNeedsNoDraw) {
  const std::array<double, 1> weights{3.0};
  const ClassDraw draw{7, weights};

  EXPECT_EQ(draw.of(0), 0U);
  EXPECT_EQ(draw.of(123'456'789), 0U);
  EXPECT_EQ(ClassDraw{}.of(5), 0U);
}

TEST(ClassDraw, SharesAreWeightsWithinFiveStandardDeviations) {
  constexpr int calls = 100'000;
  const std::array<double, 3> weights{6.0, 3.0, 1.0};
  const ClassDraw draw{7, weights};
  std::array<int, 3> seen{};

  for (std::uint64_t key = 0; key < calls; ++key) {
    ++seen.at(draw.of(key));
  }

  for (std::size_t kind = 0; kind < 3; ++kind) {
    const double share = weights.at(kind) / 10.0;
    EXPECT_NEAR(seen.at(kind), calls * share, 5.0 * std::sqrt(calls * share * (1.0 - share)));
  }
}

TEST(ClassDraw, DependsOnSeedAndKeyAlone) {
  const std::array<double, 2> weights{1.0, 1.0};
  const ClassDraw one{7, weights};
  const ClassDraw same{7, weights};
  const ClassDraw other{8, weights};
  int differs = 0;

  for (std::uint64_t key = 0; key < 1000; ++key) {
    ASSERT_EQ(one.of(key), same.of(key));
    differs += one.of(key) == other.of(key) ? 0 : 1;
  }

  EXPECT_GT(differs, 400);
}

}  // namespace
}  // namespace queuemeter
