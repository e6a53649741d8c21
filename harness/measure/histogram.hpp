// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/measure/single_writer.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// How often each length of time occurred: 1 ns to 1 h, three significant digits.
///
/// The counters are those of an HdrHistogram with these parameters, so histograms merge by
/// addition and every tool that reads HdrHistogram logs reads ours. 264 KiB each.
///
/// Single writer, read by snapshot: one thread calls the functions that change it; any thread may
/// call the others, or copy it, meanwhile, and sees each sample either counted or not.
/// Source: HdrHistogram (Gil Tene), AbstractHistogram.countsArrayIndex.
class Histogram {
 public:
  static constexpr std::size_t counter_count = 33'792;
  static constexpr Duration highest_trackable = std::chrono::hours{1};
  static constexpr int significant_digits = 3;

  Histogram();
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  /// What was moved from can only be assigned to or destroyed.
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;
  ~Histogram() = default;

  /// Counts one sample; more than an hour goes to `over_range()`. `value` must not be negative.
  void record(Duration value) noexcept { record(value, 1); }
  void record(Duration value, std::uint64_t times) noexcept {
    assert(value.count() >= 0);
    // A negative value in a build without assertions is out of range too, never out of bounds.
    if (static_cast<std::uint64_t>(value.count()) >
        static_cast<std::uint64_t>(highest_trackable.count())) [[unlikely]] {
      add_alone(counters_->over_range, times);
      return;
    }
    add_alone(counters_->of[index_of(value)], times);
  }

  void add(const Histogram& other) noexcept;
  /// `other` must be an earlier state of this one (or of a part that was added to it).
  void subtract(const Histogram& other) noexcept;
  /// Adds to one counter; for readers of files. `index` below `counter_count`.
  void add_to_counter(std::size_t index, std::uint64_t times) noexcept {
    add_alone(counters_->of[index], times);
  }
  void reset() noexcept;

  /// Samples within range; those beyond it are in `over_range()` only.
  [[nodiscard]] std::uint64_t count() const noexcept;
  [[nodiscard]] std::uint64_t over_range() const noexcept {
    return counters_->over_range.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t counter(std::size_t index) const noexcept {
    return counters_->of[index].load(std::memory_order_relaxed);
  }

  /// The lowest value of the lowest bucket, the highest of the highest; 0 when nothing was counted.
  [[nodiscard]] Duration min() const noexcept;
  [[nodiscard]] Duration max() const noexcept;
  /// Every sample taken as the middle of its bucket; 0 when nothing was counted.
  [[nodiscard]] Duration mean() const noexcept;
  [[nodiscard]] Duration standard_deviation() const noexcept;

  /// The sample of rank ⌈quantile × n⌉ (the product lowered by one ulp, rank at least 1) as the
  /// highest value of its bucket: never an underestimate. `quantile` in 0…1; 0 when empty.
  /// Source: HdrHistogram 2.1.11, AbstractHistogram.getValueAtPercentile.
  [[nodiscard]] Duration value_at(double quantile) const noexcept;
  /// Samples of a rank above that of `value_at(quantile)`.
  [[nodiscard]] std::uint64_t samples_beyond(double quantile) const noexcept;

  /// The counter of a value in 0…1 h.
  [[nodiscard]] static constexpr std::size_t index_of(Duration value) noexcept {
    const auto nanoseconds = static_cast<std::uint64_t>(value.count());
    // All values below 2,048 ns have a counter of their own; then the width doubles every 1,024.
    const auto magnitude = static_cast<unsigned>(std::bit_width(nanoseconds | 2047U)) - 11U;
    return (std::size_t{magnitude} << 10U) + static_cast<std::size_t>(nanoseconds >> magnitude);
  }
  [[nodiscard]] static constexpr Duration lowest_equivalent(std::size_t index) noexcept {
    const std::size_t magnitude = magnitude_of(index);
    return Duration{static_cast<std::int64_t>((index - (magnitude << 10U)) << magnitude)};
  }
  [[nodiscard]] static constexpr Duration highest_equivalent(std::size_t index) noexcept {
    return lowest_equivalent(index) + Duration{(std::int64_t{1} << magnitude_of(index)) - 1};
  }

 private:
  struct Counters {
    std::array<std::atomic<std::uint64_t>, counter_count> of{};
    std::atomic<std::uint64_t> over_range{0};
  };

  [[nodiscard]] static constexpr std::size_t magnitude_of(std::size_t index) noexcept {
    return index < 2048 ? 0 : (index >> 10U) - 1;
  }

  std::unique_ptr<Counters> counters_;
};

/// Of `count` samples, the rank of a quantile by HdrHistogram's rule; 0 when there are none.
[[nodiscard]] std::uint64_t rank_of(double quantile, std::uint64_t count) noexcept;

}  // namespace queuemeter
