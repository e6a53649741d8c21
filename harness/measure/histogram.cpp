// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace queuemeter {

namespace {

double middle_of(std::size_t index) noexcept {
  const Duration lowest = Histogram::lowest_equivalent(index);
  const Duration width = Histogram::highest_equivalent(index) - lowest + Duration{1};
  const Duration middle = lowest + width / 2;
  return static_cast<double>(middle.count());
}

}  // namespace

static_assert(Histogram::index_of(Histogram::highest_equivalent(Histogram::counter_count - 1)) ==
              Histogram::counter_count - 1);
static_assert(Histogram::index_of(Histogram::highest_trackable) < Histogram::counter_count);

Histogram::Histogram() : counters_{std::make_unique<Counters>()} {}

Histogram::Histogram(const Histogram& other) : Histogram{} { add(other); }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) {
    return *this;
  }
  if (counters_ == nullptr) {
    counters_ = std::make_unique<Counters>();
  }
  for (std::size_t index = 0; index < counter_count; ++index) {
    counters_->of[index].store(other.counter(index), std::memory_order_relaxed);
  }
  counters_->over_range.store(other.over_range(), std::memory_order_relaxed);
  return *this;
}

void Histogram::add(const Histogram& other) noexcept {
  for (std::size_t index = 0; index < counter_count; ++index) {
    // Most counters are 0; passing over them spares the writes.
    if (const std::uint64_t times = other.counter(index); times != 0) {
      add_alone(counters_->of[index], times);
    }
  }
  add_alone(counters_->over_range, other.over_range());
}

void Histogram::subtract(const Histogram& other) noexcept {
  for (std::size_t index = 0; index < counter_count; ++index) {
    if (const std::uint64_t times = other.counter(index); times != 0) {
      add_alone(counters_->of[index], -times);
    }
  }
  add_alone(counters_->over_range, -other.over_range());
}

void Histogram::reset() noexcept {
  for (std::atomic<std::uint64_t>& counter : counters_->of) {
    counter.store(0, std::memory_order_relaxed);
  }
  counters_->over_range.store(0, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const noexcept {
  std::uint64_t sum = 0;
  for (const std::atomic<std::uint64_t>& counter : counters_->of) {
    sum += counter.load(std::memory_order_relaxed);
  }
  return sum;
}

Duration Histogram::min() const noexcept {
  for (std::size_t index = 0; index < counter_count; ++index) {
    if (counter(index) != 0) {
      return lowest_equivalent(index);
    }
  }
  return Duration{0};
}

Duration Histogram::max() const noexcept {
  for (std::size_t index = counter_count; index > 0; --index) {
    if (counter(index - 1) != 0) {
      return highest_equivalent(index - 1);
    }
  }
  return Duration{0};
}

Duration Histogram::mean() const noexcept {
  double sum = 0.0;
  double samples = 0.0;
  for (std::size_t index = 0; index < counter_count; ++index) {
    if (const std::uint64_t times = counter(index); times != 0) {
      sum += static_cast<double>(times) * middle_of(index);
      samples += static_cast<double>(times);
    }
  }
  return samples == 0.0 ? Duration{0} : Duration{std::llround(sum / samples)};
}

Duration Histogram::standard_deviation() const noexcept {
  const auto centre = static_cast<double>(mean().count());
  double squares = 0.0;
  double samples = 0.0;
  for (std::size_t index = 0; index < counter_count; ++index) {
    if (const std::uint64_t times = counter(index); times != 0) {
      const double distance = middle_of(index) - centre;
      squares += static_cast<double>(times) * distance * distance;
      samples += static_cast<double>(times);
    }
  }
  return samples == 0.0 ? Duration{0} : Duration{std::llround(std::sqrt(squares / samples))};
}

Duration Histogram::value_at(double quantile) const noexcept {
  const std::uint64_t rank = rank_of(quantile, count());
  std::uint64_t passed = 0;
  for (std::size_t index = 0; rank > 0 && index < counter_count; ++index) {
    passed += counter(index);
    if (passed >= rank) {
      return highest_equivalent(index);
    }
  }
  return Duration{0};
}

std::uint64_t Histogram::samples_beyond(double quantile) const noexcept {
  const std::uint64_t samples = count();
  return samples - rank_of(quantile, samples);
}

std::uint64_t rank_of(double quantile, std::uint64_t count) noexcept {
  if (count == 0) {
    return 0;
  }
  // One ulp lower, so that a quantile which binary fractions cannot express does not round up to
  // the next rank.
  const double lowered = std::clamp(std::nextafter(quantile, -1.0), 0.0, 1.0);
  const double rank = std::ceil(lowered * static_cast<double>(count));
  return std::clamp(static_cast<std::uint64_t>(rank), std::uint64_t{1}, count);
}

}  // namespace queuemeter
