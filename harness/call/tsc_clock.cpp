// SPDX-License-Identifier: Apache-2.0
#include "harness/call/tsc_clock.hpp"

#include <algorithm>
#include <fstream>

namespace queuemeter {

#if defined(__x86_64__)

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t longest_line_ns = 200'000'000;
constexpr std::int64_t first_baseline_ns = 10'000'000;

std::uint64_t ticks_of(std::int64_t nanoseconds, std::uint64_t slope) noexcept {
  return static_cast<std::uint64_t>((Wide{static_cast<std::uint64_t>(nanoseconds)} << 32U) / slope);
}

std::uint64_t slope_of(std::uint64_t nanoseconds, std::uint64_t ticks) noexcept {
  return static_cast<std::uint64_t>((Wide{nanoseconds} << 32U) / ticks);
}

}  // namespace

TscClock::TscClock() {
  const Sample first = take_sample();
  Sample second = take_sample();
  while (second.nanoseconds - first.nanoseconds < first_baseline_ns) {
    second = take_sample();
  }
  keep(first);
  keep(second);
  // A first line that has just ended where CLOCK_MONOTONIC is now; the chain goes on from there.
  Line& line = line_of(latest_.load(std::memory_order_relaxed));
  line.from.store(first.ticks, std::memory_order_relaxed);
  line.length.store(second.ticks - first.ticks, std::memory_order_relaxed);
  line.start.store(first.nanoseconds, std::memory_order_relaxed);
  line.slope.store(slope_, std::memory_order_relaxed);
  renew();
}

TscClock::Sample TscClock::take_sample() noexcept {
  constexpr int attempts = 5;
  const MonotonicClock kernel;
  Sample best;
  std::uint64_t narrowest = ~std::uint64_t{0};
  for (int attempt = 0; attempt < attempts; ++attempt) {
    order_clock_readings();
    const std::uint64_t before = __rdtsc();
    const Instant now = kernel.now();
    order_clock_readings();
    const std::uint64_t after = __rdtsc();
    if (after - before < narrowest) {
      narrowest = after - before;
      best = {before + narrowest / 2, to_nanoseconds(now)};
    }
  }
  return best;
}

void TscClock::renew() noexcept {
  const std::scoped_lock lock{mutex_};
  add_line();
}

void TscClock::go_on_from(std::uint64_t ticks) const noexcept {
  const std::scoped_lock lock{mutex_};
  const Line& line = line_of(latest_.load(std::memory_order_relaxed));
  const std::uint64_t end =
      line.from.load(std::memory_order_relaxed) + line.length.load(std::memory_order_relaxed);
  if (ticks >= end) {
    add_line();
  }
}

void TscClock::add_line() const noexcept {
  const std::uint32_t number = latest_.load(std::memory_order_relaxed);
  const Line& line = line_of(number);
  const std::uint64_t from = line.from.load(std::memory_order_relaxed);
  const std::uint64_t length = line.length.load(std::memory_order_relaxed);
  if (__rdtsc() < from) {
    return;  // the next line is there already
  }
  const Sample now = take_sample();
  note_error(now);
  keep(now);

  // Nobody was told a time beyond the old end, so the chain can always go on from there.
  const std::uint64_t begin = from + length;
  const std::int64_t start = to_nanoseconds(line.after(length));
  // A rate known from a short time is not relied upon for a long one.
  const std::size_t oldest = samples_taken_ < sample_count ? 0 : samples_taken_ % sample_count;
  const std::int64_t known_for = now.nanoseconds - samples_[oldest].nanoseconds;
  const std::uint64_t ahead = ticks_of(std::min(longest_line_ns, 2 * known_for), slope_);
  const std::uint64_t end = std::max(begin, now.ticks) + ahead;
  const std::int64_t target =
      now.nanoseconds +
      static_cast<std::int64_t>(static_cast<std::uint64_t>(Wide{end - now.ticks} * slope_ >> 32U));
  const auto rise = static_cast<std::uint64_t>(std::max<std::int64_t>(target - start, 0));

  Line& next = line_of(number + 1);
  // Pairs with the fence in now(): a reader that sees what follows sees `latest_`, too.
  std::atomic_thread_fence(std::memory_order_release);
  next.from.store(begin, std::memory_order_relaxed);
  next.length.store(end - begin, std::memory_order_relaxed);
  next.start.store(start, std::memory_order_relaxed);
  // A clock that is ahead of the kernel's waits for it; it does not stand still or go back.
  next.slope.store(std::max(slope_of(rise, end - begin), slope_ / 2), std::memory_order_relaxed);
  latest_.store(number + 1, std::memory_order_release);
}

void TscClock::note_error(const Sample& sample) const noexcept {
  const std::uint32_t latest = latest_.load(std::memory_order_relaxed);
  const Instant told = line_of(latest).at(sample.ticks);
  if (is_observed(told)) {
    const std::int64_t error = to_nanoseconds(told) - sample.nanoseconds;
    const std::int64_t distance = error < 0 ? -error : error;
    worst_error_.store(std::max(distance, worst_error_.load(std::memory_order_relaxed)),
                       std::memory_order_relaxed);
  }
}

void TscClock::keep(const Sample& sample) const noexcept {
  samples_[samples_taken_ % sample_count] = sample;
  ++samples_taken_;
  const std::size_t oldest = samples_taken_ < sample_count ? 0 : samples_taken_ % sample_count;
  const Sample& base = samples_[oldest];
  if (sample.ticks > base.ticks && sample.nanoseconds > base.nanoseconds) {
    slope_ = slope_of(static_cast<std::uint64_t>(sample.nanoseconds - base.nanoseconds),
                      sample.ticks - base.ticks);
  }
}

#else

TscClock::TscClock() = default;
void TscClock::renew() noexcept {}

#endif

std::optional<std::string> distrust_of_tsc(std::string_view clock_source,
                                           std::string_view cpu_flags) {
  if (clock_source != "tsc") {
    return "the kernel keeps time by " +
           (clock_source.empty() ? std::string{"an unknown clock source"}
                                 : std::string{clock_source}) +
           ", not by the time stamp counter";
  }
  const std::string padded = " " + std::string{cpu_flags} + " ";
  for (const std::string_view flag : {"constant_tsc", "nonstop_tsc"}) {
    if (padded.find(" " + std::string{flag} + " ") == std::string::npos) {
      return "the processor does not declare " + std::string{flag};
    }
  }
  return std::nullopt;
}

namespace {

std::string first_word_of(const char* path) {
  std::ifstream file{path};
  std::string word;
  file >> word;
  return word;
}

std::string cpu_flags() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags")) {
      return line.substr(std::min(line.size(), line.find(':') + 1));
    }
  }
  return {};
}

std::optional<std::string> distrust_here() {
#if defined(__x86_64__)
  return distrust_of_tsc(
      first_word_of("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
      cpu_flags());
#else
  return "this processor has no time stamp counter";
#endif
}

}  // namespace

std::unique_ptr<Clock> best_clock(std::string* why) {
  const std::optional<std::string> distrust = distrust_here();
  if (why != nullptr) {
    *why = distrust.has_value() ? "CLOCK_MONOTONIC: " + *distrust
                                : "the time stamp counter between readings of CLOCK_MONOTONIC: the "
                                  "kernel trusts it";
  }
  if (distrust.has_value()) {
    return std::make_unique<MonotonicClock>();
  }
  return std::make_unique<TscClock>();
}

}  // namespace queuemeter
