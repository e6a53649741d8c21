// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/coarse_histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace queuemeter {
namespace {

using std::chrono::nanoseconds;

TEST(CoarseHistogram, BucketsFollowEachOtherWithoutGapsUpToTheLastFineOne) {
  Duration expected_lowest{0};
  for (std::uint32_t bucket = 0; bucket < coarse_bucket_count; ++bucket) {
    ASSERT_EQ(coarse_bucket_lowest(bucket), expected_lowest);
    ASSERT_EQ(coarse_bucket_of(coarse_bucket_lowest(bucket)), bucket);
    ASSERT_EQ(coarse_bucket_of(coarse_bucket_highest(bucket)), bucket);
    expected_lowest = coarse_bucket_highest(bucket) + nanoseconds{1};
  }
  EXPECT_EQ(coarse_bucket_highest(coarse_bucket_count - 1),
            Histogram::highest_equivalent(Histogram::counter_count - 1));
}

TEST(CoarseHistogram, BucketsAreAtMostA256thWide) {
  for (std::uint32_t bucket = 1; bucket < coarse_bucket_count; ++bucket) {
    const auto lowest = static_cast<double>(coarse_bucket_lowest(bucket).count());
    const auto width =
        static_cast<double>((coarse_bucket_highest(bucket) - coarse_bucket_lowest(bucket)).count());
    ASSERT_LE(width, lowest / 256.0);
  }
}

TEST(CoarseHistogram, NoFineBucketIsSplitBetweenTwo) {
  for (std::size_t index = 0; index < Histogram::counter_count; ++index) {
    ASSERT_EQ(coarse_bucket_of(Histogram::lowest_equivalent(index)),
              coarse_bucket_of(Histogram::highest_equivalent(index)));
  }
}

TEST(CoarseHistogram, DeltasOfAWholeRunAddUpToTheRun) {
  std::mt19937_64 engine{11};
  std::lognormal_distribution<double> draw{12.0, 3.0};
  Histogram now;
  Histogram previous;
  CoarseHistogram reader;
  for (int tick = 0; tick < 20; ++tick) {
    for (int n = 0; n < 2000; ++n) {
      now.record(Duration{std::llround(std::min(draw(engine), 3e12))});
    }
    ASSERT_TRUE(reader.apply(coarse_delta(now, previous)));
    previous = now;
  }

  EXPECT_EQ(reader.count(), static_cast<std::int64_t>(now.count()));
  for (const double quantile : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    EXPECT_EQ(reader.value_at(quantile),
              coarse_bucket_highest(coarse_bucket_of(now.value_at(quantile))));
    EXPECT_EQ(reader.samples_beyond(quantile),
              static_cast<std::int64_t>(now.samples_beyond(quantile)));
  }
}

TEST(CoarseHistogram, ADeltaNamesOnlyBucketsThatGrewAndInOrder) {
  Histogram previous;
  previous.record(nanoseconds{100}, 5);
  Histogram now = previous;
  now.record(nanoseconds{1'000'000}, 2);
  now.record(nanoseconds{700}, 3);

  const CoarseDelta delta = coarse_delta(now, previous);

  const CoarseDelta expected{{coarse_bucket_of(nanoseconds{700}), 3},
                             {coarse_bucket_of(nanoseconds{1'000'000}), 2}};
  EXPECT_EQ(delta, expected);
}

TEST(CoarseHistogram, ACorrectionTakesSamplesBack) {
  CoarseHistogram reader;
  ASSERT_TRUE(reader.apply({{10, 4}, {20, 4}}));

  ASSERT_TRUE(reader.apply({{20, -4}}));

  EXPECT_EQ(reader.count(), 4);
  EXPECT_EQ(reader.value_at(1.0), nanoseconds{10});
}

TEST(CoarseHistogram, ABucketThatDoesNotExistIsRefusedWhole) {
  CoarseHistogram reader;

  EXPECT_FALSE(reader.apply({{1, 1}, {coarse_bucket_count, 1}}));

  EXPECT_EQ(reader.count(), 0);
}

}  // namespace
}  // namespace queuemeter
