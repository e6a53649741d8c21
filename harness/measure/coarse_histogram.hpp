// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/tick.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// Buckets of ticks: one nanosecond wide below 512 ns, then at most 1/256 (0.39 %) of their value;
/// from 1,024 ns on each is four neighbouring buckets of `Histogram`.
inline constexpr std::size_t coarse_bucket_count = 8'960;

/// The bucket of a value in 0…1 h.
[[nodiscard]] std::uint32_t coarse_bucket_of(Duration value) noexcept;
[[nodiscard]] Duration coarse_bucket_lowest(std::uint32_t bucket) noexcept;
[[nodiscard]] Duration coarse_bucket_highest(std::uint32_t bucket) noexcept;

/// What `now` has more than its own earlier state `previous`, in order of buckets.
[[nodiscard]] CoarseDelta coarse_delta(const Histogram& now, const Histogram& previous);

/// The sum of tick deltas: what a reader of ticks knows of a distribution. One thread.
class CoarseHistogram {
 public:
  CoarseHistogram() : counters_(coarse_bucket_count, 0) {}

  /// Adds a delta. False, and nothing is added, when it names a bucket that does not exist.
  [[nodiscard]] bool apply(const CoarseDelta& delta);
  void reset();

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// As `Histogram::value_at`: the highest value of the bucket that holds the rank.
  [[nodiscard]] Duration value_at(double quantile) const noexcept;
  [[nodiscard]] std::int64_t samples_beyond(double quantile) const noexcept;

 private:
  std::vector<std::int64_t> counters_;
  std::int64_t count_ = 0;
};

}  // namespace queuemeter
