// SPDX-License-Identifier: Apache-2.0
#include "harness/simulation/closed_form.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace queuemeter::closed_form {
namespace {

TEST(ClosedForm, Mm1MeanAndQuantiles) {
  EXPECT_DOUBLE_EQ(mm1_mean_time(500, 1000), 0.002);
  EXPECT_NEAR(mm1_quantile(500, 1000, 0.5), 0.002 * std::log(2.0), 1e-15);
}

TEST(ClosedForm, MmcWithOneServerIsMm1) {
  EXPECT_NEAR(erlang_c(0.8, 1.0, 1), 0.8, 1e-12);
  EXPECT_NEAR(mmc_mean_time(0.8, 1.0, 1), mm1_mean_time(0.8, 1.0), 1e-12);
  EXPECT_NEAR(mmc_quantile(0.8, 1.0, 1, 0.99), mm1_quantile(0.8, 1.0, 0.99), 1e-9);
}

/// Gross et al., table of M/M/c: c = 2, ρ = 0.75 gives C = 9/14.
TEST(ClosedForm, ErlangCOfTwoServers) { EXPECT_NEAR(erlang_c(1.5, 1.0, 2), 9.0 / 14.0, 1e-12); }

/// Where the rate of waiting and of service coincide the formula has a limit of its own.
TEST(ClosedForm, MmcQuantileIsContinuousWhereRatesCoincide) {
  const double at = mmc_quantile(1.0, 1.0, 2, 0.9);
  EXPECT_NEAR(mmc_quantile(1.0 + 1e-6, 1.0, 2, 0.9), at, 1e-4);
}

TEST(ClosedForm, Md1WaitsHalfAsLongAsMm1) {
  const double waits_md1 = md1_mean_time(0.8, 1.0) - 1.0;
  const double waits_mm1 = mm1_mean_time(0.8, 1.0) - 1.0;
  EXPECT_NEAR(waits_md1, waits_mm1 / 2.0, 1e-12);
}

/// The distribution's median and tail, integrated, must give the mean that Pollaczek and Khinchine
/// give: E[T] = ∫ quantile(u) du.
TEST(ClosedForm, Md1QuantilesIntegrateToItsMean) {
  double sum = 0.0;
  constexpr int steps = 2000;
  for (int step = 0; step < steps; ++step) {
    sum += md1_quantile(0.5, 1.0, (step + 0.5) / steps);
  }
  EXPECT_NEAR(sum / steps, md1_mean_time(0.5, 1.0), 0.003);
}

TEST(ClosedForm, PollaczekKhinchineGivesMm1ForExponentialService) {
  EXPECT_NEAR(pollaczek_khinchine_wait(0.8, 1.0, 2.0), mm1_mean_time(0.8, 1.0) - 1.0, 1e-12);
}

TEST(ClosedForm, Mm1kLossOfAFullHouseAndItsLimit) {
  EXPECT_NEAR(mm1k_loss(1.0, 1.0, 5), 1.0 / 6.0, 1e-12);
  EXPECT_NEAR(mm1k_loss(1.0 + 1e-7, 1.0, 5), 1.0 / 6.0, 1e-6);
  EXPECT_NEAR(mm1k_loss(0.5, 1.0, 1), 1.0 / 3.0, 1e-12) << "Erlang B with one server";
}

}  // namespace
}  // namespace queuemeter::closed_form
