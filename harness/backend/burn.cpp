// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/burn.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace queuemeter {
namespace {

constexpr Duration longest_stretch = std::chrono::microseconds{50};

Duration thread_cpu_time() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + Duration{time.tv_nsec};
}

/// Busy work that the compiler cannot see through: a chain of dependent steps.
void spin(std::uint64_t steps) noexcept {
  std::uint64_t value = steps;
  for (std::uint64_t step = 0; step < steps; ++step) {
    value = value * 6364136223846793005U + 1442695040888963407U;
    asm volatile("" : "+r"(value));
  }
}

/// Steps of `spin` in a nanosecond. The fastest of a few tries, because only interrupts and a cold
/// processor can make one slower; a wrong guess costs precision, not correctness.
double measure_steps_per_ns() noexcept {
  constexpr std::uint64_t steps = 20'000;
  constexpr int tries = 5;
  double most = 1e-3;
  for (int round = 0; round < tries; ++round) {
    const Duration before = thread_cpu_time();
    spin(steps);
    const Duration took = std::max(thread_cpu_time() - before, Duration{1});
    most = std::max(most, static_cast<double>(steps) / static_cast<double>(took.count()));
  }
  return most;
}

}  // namespace

bool burn_cpu(Duration cpu, const std::atomic<bool>* stopped) noexcept {
  static const double steps_per_ns = measure_steps_per_ns();
  const Duration begun_at = thread_cpu_time();
  for (Duration left = cpu; left > Duration{0}; left = cpu - (thread_cpu_time() - begun_at)) {
    // A flag, not data: nothing is published by it.
    if (stopped != nullptr && stopped->load(std::memory_order_relaxed)) {
      return false;
    }
    const Duration stretch = std::min(left, longest_stretch);
    spin(1 + static_cast<std::uint64_t>(static_cast<double>(stretch.count()) * steps_per_ns));
  }
  return true;
}

}  // namespace queuemeter
