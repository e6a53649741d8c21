// SPDX-License-Identifier: Apache-2.0
#include "harness/call/distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

struct Sampled {
  double mean_ns = 0.0;
  double variation = 0.0;
};

Sampled sampled(const Distribution& distribution) {
  constexpr int draws = 100'000;
  const KeyedDraws keyed{11, DrawUse::service};
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < draws; ++i) {
    const auto value = static_cast<double>(
        distribution.sample(keyed.uniform(static_cast<std::uint64_t>(i))).count());
    EXPECT_GE(value, 0.0);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / draws;
  return {mean, mean > 0.0 ? std::sqrt(squares / draws - mean * mean) / mean : 0.0};
}

struct Expectation {
  std::string text;
  double mean_ns;
  double variation;
};
void PrintTo(const Expectation& expectation, std::ostream* out) { *out << expectation.text; }

class DistributionLaw : public testing::TestWithParam<Expectation> {};

TEST_P(DistributionLaw, DeclaresItsMeanAndVariation) {
  const Distribution distribution = Distribution::parse(GetParam().text).value();
  EXPECT_NEAR(static_cast<double>(distribution.mean().count()), GetParam().mean_ns, 1.0);
  EXPECT_NEAR(distribution.variation(), GetParam().variation, 1e-9);
}

TEST_P(DistributionLaw, SamplesWithItsMeanAndVariation) {
  const Sampled seen = sampled(Distribution::parse(GetParam().text).value());
  EXPECT_NEAR(seen.mean_ns, GetParam().mean_ns, 0.01 * GetParam().mean_ns);
  EXPECT_NEAR(seen.variation, GetParam().variation, 0.02);
}

TEST_P(DistributionLaw, IsReadBackFromItsOwnText) {
  const Distribution distribution = Distribution::parse(GetParam().text).value();
  const Distribution again = Distribution::parse(distribution.to_text()).value();
  const KeyedDraws keyed{5, DrawUse::think};
  EXPECT_EQ(again.kind(), distribution.kind());
  EXPECT_EQ(again.to_text(), distribution.to_text());
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(again.sample(keyed.uniform(i)), distribution.sample(keyed.uniform(i)));
  }
}

// Lognormal: mean = median · e^(σ²/2), variation = √(e^(σ²) − 1).
INSTANTIATE_TEST_SUITE_P(
    Forms, DistributionLaw,
    testing::Values(Expectation{"20ms", 20e6, 0.0}, Expectation{"constant( 1.5us )", 1'500, 0.0},
                    Expectation{"0s", 0.0, 0.0},
                    Expectation{"uniform(10ms, 30ms)", 20e6, 20e6 / std::sqrt(12.0) / 20e6},
                    Expectation{"uniform(5ms,5ms)", 5e6, 0.0},
                    Expectation{"exponential(1ms)", 1e6, 1.0},
                    Expectation{" lognormal(20ms, 0.5) ", 20e6 * std::exp(0.125),
                                std::sqrt(std::exp(0.25) - 1.0)},
                    Expectation{"lognormal(20ms, 0)", 20e6, 0.0},
                    // p·a + (1 − p)·b and √(p (1 − p))·|b − a|.
                    Expectation{"bimodal(5ms, 200ms, 0.9)", 24.5e6, 0.3 * 195.0 / 24.5},
                    Expectation{"bimodal(5ms, 200ms, 1)", 5e6, 0.0},
                    // αs ÷ (α − 1) and 1 ÷ √(α (α − 2)).
                    Expectation{"pareto(10ms, 6)", 12e6, 1.0 / std::sqrt(24.0)}));

/// The largest distance between the distribution function of 100,000 samples and the declared one.
/// Source: Kolmogorov and Smirnov; 1.95 ÷ √n is exceeded once in a thousand times.
template <class Function>
double distance(const Distribution& distribution, Function declared) {
  constexpr std::size_t draws = 100'000;
  const KeyedDraws keyed{23, DrawUse::service};
  std::vector<double> samples;
  for (std::size_t i = 0; i < draws; ++i) {
    samples.push_back(static_cast<double>(distribution.sample(keyed.uniform(i)).count()));
  }
  std::sort(samples.begin(), samples.end());
  double largest = 0.0;
  for (std::size_t i = 0; i < draws; ++i) {
    const double here = declared(samples[i]);
    largest = std::max({largest, here - static_cast<double>(i) / draws,
                        static_cast<double>(i + 1) / draws - here});
  }
  return largest * std::sqrt(static_cast<double>(draws));
}

TEST(Distribution, ParetoSamplesFollowTheirLawDownTheTail) {
  for (const double shape : {0.5, 1.0, 1.5, 3.0}) {
    const Distribution distribution = Distribution::pareto(10ms, shape);
    EXPECT_LT(distance(distribution, [&](double x) { return 1.0 - std::pow(10e6 / x, shape); }),
              1.95)
        << shape;
  }
}

TEST(Distribution, ParetoWithoutAMeanOrAVarianceSaysSo) {
  const Distribution without_mean = Distribution::pareto(10ms, 1.0);
  const Distribution without_variance = Distribution::pareto(10ms, 1.5);

  EXPECT_EQ(without_mean.mean(), Duration::max());
  EXPECT_TRUE(std::isinf(without_mean.variation()));
  EXPECT_EQ(without_variance.mean(), 30ms);
  EXPECT_TRUE(std::isinf(without_variance.variation()));
  EXPECT_TRUE(std::isinf(Distribution::pareto(10ms, 2.0).variation()));
}

TEST(Distribution, TheFarthestParetoSampleIsCutOffAndFitsAnInstant) {
  const Duration longest = Distribution::pareto(24h, 0.1).sample({1.0 - 0x1.0p-53, 0.5});

  EXPECT_EQ(longest, Distribution::pareto(24h, 0.2).sample({1.0 - 0x1.0p-53, 0.5}));
  EXPECT_LT(longest, Duration::max() / 2);
  EXPECT_EQ(Distribution::pareto(10ms, 1.5).sample({1e-16, 0.5}), 10ms) << "its least value";
}

TEST(Distribution, BimodalHasItsFirstValueWithItsProbability) {
  const Distribution distribution = Distribution::bimodal(5ms, 200ms, 0.9);
  EXPECT_EQ(distribution.sample({0.899, 0.5}), 5ms);
  EXPECT_EQ(distribution.sample({0.9, 0.5}), 200ms);
  const KeyedDraws keyed{23, DrawUse::service};
  int first = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const Duration value = distribution.sample(keyed.uniform(i));
    ASSERT_TRUE(value == 5ms || value == 200ms);
    first += value == 5ms ? 1 : 0;
  }
  EXPECT_NEAR(first, 90'000, 4 * std::sqrt(100'000 * 0.9 * 0.1));
}

TEST(Distribution, ExponentialIsTheInverseDistributionFunction) {
  const Distribution distribution = Distribution::exponential(1s);
  EXPECT_EQ(distribution.sample({0.5, 0.9}), from_seconds(std::log(2.0)));
  EXPECT_EQ(distribution.sample({0.99, 0.1}), from_seconds(-std::log1p(-0.99)));
}

TEST(Distribution, UniformStaysInsideItsBounds) {
  const Distribution distribution = Distribution::uniform(10ms, 30ms);
  EXPECT_EQ(distribution.sample({1e-16, 0.5}), 10ms);
  EXPECT_EQ(distribution.sample({0.5, 0.5}), 20ms);
  EXPECT_EQ(distribution.sample({1.0 - 1e-16, 0.5}), 30ms);
}

TEST(Distribution, SamplesOfTheExtremesCanStillBeAddedToAnInstant) {
  const Distribution distribution = Distribution::lognormal(24h, 5.0);
  const Duration longest = distribution.sample({std::numeric_limits<double>::min(), 1e-9});
  EXPECT_GT(longest, 24h);
  EXPECT_LT(longest, Duration::max() / 2);
}

TEST(Distribution, RefusesNonsenseAndSaysWhatItTakes) {
  for (const std::string text : {"",
                                 "20",
                                 "-20ms",
                                 "fast",
                                 "uniform(10ms)",
                                 "uniform(30ms, 10ms)",
                                 "exponential(1ms",
                                 "exponential()",
                                 "exponential(1ms, 2ms)",
                                 "lognormal(20ms)",
                                 "lognormal(20ms, -1)",
                                 "lognormal(20ms, 9)",
                                 "lognormal(20ms, nan)",
                                 "lognormal(20ms, 0.5x)",
                                 "gamma(1ms)",
                                 "exponential(25h)",
                                 "exponential(1ms))",
                                 "(1ms)",
                                 "()",
                                 "bimodal(5ms, 200ms)",
                                 "bimodal(5ms, 200ms, 1.1)",
                                 "bimodal(5ms, 200, 0.9)",
                                 "pareto(10ms)",
                                 "pareto(10ms, 0)",
                                 "pareto(0s, 1.5)",
                                 "pareto(10ms, 101)",
                                 "empirical()",
                                 "empirical(/nonexistent.csv)"}) {
    const Result<Distribution> distribution = Distribution::parse(text);
    ASSERT_TRUE(distribution.has_error()) << text;
    EXPECT_EQ(distribution.error().kind, Error::Kind::usage);
    EXPECT_THAT(distribution.error().what,
                testing::AllOf(testing::HasSubstr('"' + text + '"'),
                               testing::HasSubstr("lognormal(20ms, 0.5)")));
  }
}

}  // namespace
}  // namespace queuemeter
