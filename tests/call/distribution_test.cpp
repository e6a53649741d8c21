// SPDX-License-Identifier: Apache-2.0
#include "harness/call/distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <string>

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
                    Expectation{"lognormal(20ms, 0)", 20e6, 0.0}));

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
  for (const std::string text :
       {"", "20", "-20ms", "fast", "uniform(10ms)", "uniform(30ms, 10ms)", "exponential(1ms",
        "exponential()", "exponential(1ms, 2ms)", "lognormal(20ms)", "lognormal(20ms, -1)",
        "lognormal(20ms, 9)", "lognormal(20ms, nan)", "lognormal(20ms, 0.5x)", "gamma(1ms)",
        "exponential(25h)", "exponential(1ms))", "(1ms)", "()"}) {
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
