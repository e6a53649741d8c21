// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/coarse_histogram.hpp"

#include <algorithm>
#include <bit>

namespace queuemeter {

namespace {

constexpr std::uint32_t magnitude_of(std::uint32_t bucket) noexcept {
  return bucket < 512 ? 0 : (bucket >> 8U) - 1;
}

/// The end of the run of fine counters that make up the bucket which begins at `index`.
constexpr std::size_t end_of_bucket(std::size_t index) noexcept {
  return index + (index < 512 ? 1 : index < 1024 ? 2 : 4);
}

}  // namespace

std::uint32_t coarse_bucket_of(Duration value) noexcept {
  const auto nanoseconds = static_cast<std::uint64_t>(value.count());
  const auto magnitude = static_cast<unsigned>(std::bit_width(nanoseconds | 511U)) - 9U;
  return (magnitude << 8U) + static_cast<std::uint32_t>(nanoseconds >> magnitude);
}

Duration coarse_bucket_lowest(std::uint32_t bucket) noexcept {
  const std::uint32_t magnitude = magnitude_of(bucket);
  return Duration{static_cast<std::int64_t>(bucket - (magnitude << 8U)) << magnitude};
}

Duration coarse_bucket_highest(std::uint32_t bucket) noexcept {
  return coarse_bucket_lowest(bucket) + Duration{(std::int64_t{1} << magnitude_of(bucket)) - 1};
}

CoarseDelta coarse_delta(const Histogram& now, const Histogram& previous) {
  CoarseDelta delta;
  for (std::size_t index = 0; index < Histogram::counter_count;) {
    const std::size_t first = index;
    std::uint64_t gained = 0;
    for (; index < end_of_bucket(first); ++index) {
      gained += now.counter(index) - previous.counter(index);
    }
    if (gained != 0) {
      delta.emplace_back(coarse_bucket_of(Histogram::lowest_equivalent(first)),
                         static_cast<std::int64_t>(gained));
    }
  }
  return delta;
}

bool CoarseHistogram::apply(const CoarseDelta& delta) {
  const bool exist = std::all_of(delta.begin(), delta.end(), [](const auto& growth) {
    return growth.first < coarse_bucket_count;
  });
  if (!exist) {
    return false;
  }
  for (const auto& [bucket, gained] : delta) {
    counters_[bucket] += gained;
    count_ += gained;
  }
  return true;
}

void CoarseHistogram::reset() {
  std::fill(counters_.begin(), counters_.end(), 0);
  count_ = 0;
}

Duration CoarseHistogram::value_at(double quantile) const noexcept {
  const auto rank = static_cast<std::int64_t>(
      rank_of(quantile, static_cast<std::uint64_t>(std::max(count_, std::int64_t{0}))));
  std::int64_t passed = 0;
  for (std::uint32_t bucket = 0; rank > 0 && bucket < coarse_bucket_count; ++bucket) {
    passed += counters_[bucket];
    if (passed >= rank) {
      return coarse_bucket_highest(bucket);
    }
  }
  return Duration{0};
}

std::int64_t CoarseHistogram::samples_beyond(double quantile) const noexcept {
  const auto samples = static_cast<std::uint64_t>(std::max(count_, std::int64_t{0}));
  return static_cast<std::int64_t>(samples - rank_of(quantile, samples));
}

}  // namespace queuemeter
