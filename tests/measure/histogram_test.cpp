// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

TEST(Histogram, EveryBucketHoldsExactlyItsEdgesAndWhatIsBetween) {
  Duration expected_lowest{0};
  for (std::size_t index = 0; index < Histogram::counter_count; ++index) {
    const Duration lowest = Histogram::lowest_equivalent(index);
    const Duration highest = Histogram::highest_equivalent(index);

    ASSERT_EQ(lowest, expected_lowest) << "gap or overlap before bucket " << index;
    ASSERT_EQ(Histogram::index_of(lowest), index);
    ASSERT_EQ(Histogram::index_of(highest), index);
    ASSERT_EQ(Histogram::index_of(lowest + (highest - lowest) / 2), index);
    expected_lowest = highest + nanoseconds{1};
  }
  EXPECT_GT(expected_lowest, hours{1});
}

TEST(Histogram, NoBucketIsWiderThanAThousandthOfItsValues) {
  for (std::size_t index = 2048; index < Histogram::counter_count; ++index) {
    const auto lowest = static_cast<double>(Histogram::lowest_equivalent(index).count());
    const auto highest = static_cast<double>(Histogram::highest_equivalent(index).count());
    ASSERT_LE((highest - lowest + 1) / lowest, 1.0 / 1024.0);
  }
  EXPECT_EQ(Histogram::highest_equivalent(2047), Histogram::lowest_equivalent(2047));
}

TEST(Histogram, IndicesAreThoseOfTheReferenceImplementation) {
  // Printed by countsArrayIndex() of HdrHistogram 2.1.11 for 1 ns, 1 h, 3 digits.
  EXPECT_EQ(Histogram::index_of(nanoseconds{0}), 0U);
  EXPECT_EQ(Histogram::index_of(nanoseconds{2047}), 2047U);
  EXPECT_EQ(Histogram::index_of(nanoseconds{2048}), 2048U);
  EXPECT_EQ(Histogram::index_of(nanoseconds{2049}), 2048U);
  EXPECT_EQ(Histogram::index_of(nanoseconds{4096}), 3072U);
  EXPECT_EQ(Histogram::index_of(nanoseconds{1'000'000}), 11'169U);
  EXPECT_EQ(Histogram::index_of(hours{1}), 33'420U);
}

TEST(Histogram, AnEmptyOneSaysZeroForEverything) {
  const Histogram histogram;

  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), Duration{0});
  EXPECT_EQ(histogram.max(), Duration{0});
  EXPECT_EQ(histogram.mean(), Duration{0});
  EXPECT_EQ(histogram.standard_deviation(), Duration{0});
  EXPECT_EQ(histogram.value_at(0.99), Duration{0});
  EXPECT_EQ(histogram.samples_beyond(0.5), 0U);
}

TEST(Histogram, ZeroIsAValueAndNotNothing) {
  Histogram histogram;
  histogram.record(Duration{0});

  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.counter(0), 1U);
  EXPECT_EQ(histogram.value_at(1.0), Duration{0});
}

TEST(Histogram, MoreThanAnHourIsCountedApartAndNeverClamped) {
  Histogram histogram;
  histogram.record(hours{1});
  histogram.record(hours{1} + nanoseconds{1});
  histogram.record(Duration::max(), 3);

  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.over_range(), 4U);
  EXPECT_EQ(Histogram::index_of(histogram.max()), Histogram::index_of(hours{1}));
}

TEST(Histogram, MeanAndDeviationOfKnownSamples) {
  Histogram histogram;
  for (const int value : {2, 4, 4, 4, 5, 5, 7, 9}) {
    histogram.record(nanoseconds{value});
  }

  EXPECT_EQ(histogram.mean(), nanoseconds{5});
  EXPECT_EQ(histogram.standard_deviation(), nanoseconds{2});
  EXPECT_EQ(histogram.min(), nanoseconds{2});
  EXPECT_EQ(histogram.max(), nanoseconds{9});
}

TEST(Histogram, RanksAreRoundedUpAfterLoweringByOneUlp) {
  EXPECT_EQ(rank_of(0.0, 1000), 1U);
  EXPECT_EQ(rank_of(0.5, 1000), 500U);
  EXPECT_EQ(rank_of(0.5, 1001), 501U);
  EXPECT_EQ(rank_of(0.999, 1000), 999U);
  EXPECT_EQ(rank_of(0.9999, 10'000), 9999U);
  EXPECT_EQ(rank_of(0.99901, 1000), 1000U);
  EXPECT_EQ(rank_of(1.0, 1000), 1000U);
  EXPECT_EQ(rank_of(0.99, 0), 0U);
}

TEST(Histogram, SamplesBeyondAQuantileAreThoseOfAHigherRank) {
  Histogram histogram;
  histogram.record(nanoseconds{10}, 1000);

  EXPECT_EQ(histogram.samples_beyond(0.99), 10U);
  EXPECT_EQ(histogram.samples_beyond(0.999), 1U);
  EXPECT_EQ(histogram.samples_beyond(1.0), 0U);
}

struct Shape {
  std::string name;
  std::function<double(std::mt19937_64&)> draw_ns;
};
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.name; }

class HistogramOf : public testing::TestWithParam<Shape> {};

TEST_P(HistogramOf, QuantilesAreTheExactOrderStatisticsToTheirBucket) {
  std::mt19937_64 engine{20260101};
  Histogram histogram;
  std::vector<Duration> samples;
  for (int n = 0; n < 50'021; ++n) {
    const Duration value{std::llround(std::clamp(GetParam().draw_ns(engine), 0.0, 3.6e12))};
    samples.push_back(value);
    histogram.record(value);
  }
  std::sort(samples.begin(), samples.end());

  ASSERT_EQ(histogram.count(), samples.size());
  for (const double quantile :
       {0.0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 1.0}) {
    const Duration exact = samples[rank_of(quantile, samples.size()) - 1];
    const Duration measured = histogram.value_at(quantile);
    EXPECT_EQ(measured, Histogram::highest_equivalent(Histogram::index_of(exact))) << quantile;
    EXPECT_GE(measured, exact);
  }
  const double mean = std::accumulate(samples.begin(), samples.end(), 0.0,
                                      [](double sum, Duration value) {
                                        return sum + static_cast<double>(value.count());
                                      }) /
                      static_cast<double>(samples.size());
  EXPECT_NEAR(static_cast<double>(histogram.mean().count()), mean, 1 + mean / 2000);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, HistogramOf,
    testing::Values(Shape{"constant", [](std::mt19937_64&) { return 20e6; }},
                    Shape{"uniform",
                          [](std::mt19937_64& engine) {
                            return std::uniform_real_distribution<double>{0.0, 5000.0}(engine);
                          }},
                    Shape{"exponential",
                          [](std::mt19937_64& engine) {
                            return std::exponential_distribution<double>{1e-6}(engine);
                          }},
                    Shape{"lognormal",
                          [](std::mt19937_64& engine) {
                            return std::lognormal_distribution<double>{14.0, 2.5}(engine);
                          }},
                    Shape{"two_modes",
                          [](std::mt19937_64& engine) {
                            return engine() % 100 == 0 ? 1.1e9 : 73.0;
                          }}),
    [](const auto& instance) { return instance.param.name; });

Histogram random_histogram(std::uint64_t seed, int samples) {
  std::mt19937_64 engine{seed};
  std::lognormal_distribution<double> draw{13.0, 3.0};
  Histogram histogram;
  for (int n = 0; n < samples; ++n) {
    histogram.record(Duration{std::llround(std::min(draw(engine), 4e12))});
  }
  return histogram;
}

void expect_same_counters(const Histogram& one, const Histogram& other) {
  for (std::size_t index = 0; index < Histogram::counter_count; ++index) {
    ASSERT_EQ(one.counter(index), other.counter(index)) << index;
  }
  EXPECT_EQ(one.over_range(), other.over_range());
}

TEST(Histogram, MergingTwoIsTheUnionBitForBit) {
  std::mt19937_64 engine{7};
  Histogram left, right, both;
  for (int n = 0; n < 40'000; ++n) {
    const Duration value{static_cast<std::int64_t>(engine() % 4'000'000'000'000)};
    (n % 2 == 0 ? left : right).record(value);
    both.record(value);
  }

  left.add(right);

  expect_same_counters(left, both);
}

TEST(Histogram, SubtractingAnEarlierStateLeavesWhatCameSince) {
  const Histogram earlier = random_histogram(1, 5000);
  const Histogram since = random_histogram(2, 5000);
  Histogram now = earlier;
  now.add(since);

  now.subtract(earlier);

  expect_same_counters(now, since);
}

TEST(Histogram, CopiesAreIndependent) {
  Histogram original = random_histogram(3, 100);
  const Histogram copy = original;
  Histogram assigned;
  assigned.record(nanoseconds{5});
  assigned = original;
  const std::uint64_t samples = copy.count();

  original.reset();

  EXPECT_EQ(original.count(), 0U);
  EXPECT_EQ(copy.count(), samples);
  expect_same_counters(copy, assigned);
}

TEST(Histogram, MovedFromOneCanBeAssignedAgain) {
  Histogram original;
  original.record(nanoseconds{1});
  const Histogram moved = std::move(original);

  original = moved;

  EXPECT_EQ(original.count(), 1U);
}

TEST(Histogram, AReaderNeverSeesItShrinkWhileAnotherThreadRecords) {
  constexpr std::uint64_t samples = 200'000;
  Histogram histogram;
  std::jthread writer{[&] {
    for (std::uint64_t n = 0; n < samples; ++n) {
      histogram.record(Duration{static_cast<std::int64_t>(n)});
    }
  }};

  std::uint64_t seen = 0;
  while (seen < samples) {
    Histogram copy;
    copy = histogram;
    const std::uint64_t count = copy.count();
    ASSERT_GE(count, seen);
    seen = count;
  }
  EXPECT_EQ(seen, samples);
}

}  // namespace
}  // namespace queuemeter
