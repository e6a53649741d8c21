// SPDX-License-Identifier: Apache-2.0
#include "harness/call/tsc_clock.hpp"
#include "harness/cli/machine_fitness.hpp"
#include "harness/measure/roles.hpp"
#include "harness/record/machine.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <sys/resource.h>

namespace queuemeter::cli {

namespace {

constexpr Duration wake_up_gap = std::chrono::milliseconds{1};

void sleep_until(Instant at) {
  const std::int64_t nanoseconds = to_nanoseconds(at);
  const timespec deadline{.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000),
                          .tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr) != 0) {
  }
}

Duration at_quantile(const std::vector<Duration>& sorted, double quantile) {
  const double rank = std::ceil(quantile * static_cast<double>(sorted.size()));
  return sorted[std::min(sorted.size(), static_cast<std::size_t>(std::max(rank, 1.0))) - 1];
}

std::optional<double> part_of(std::optional<double> before, std::optional<double> after,
                              double of_seconds) {
  if (!before || !after || !(of_seconds > 0.0)) {
    return std::nullopt;
  }
  return std::clamp((*after - *before) / of_seconds, 0.0, 1.0);
}

}  // namespace

WakeUps measure_wake_ups(Duration span, Duration gap) {
  const MonotonicClock clock;
  const Instant start = clock.now();
  std::vector<Duration> late;
  for (Instant at = start + gap; at <= start + span; at += gap) {
    sleep_until(at);
    late.push_back(clock.now() - at);
  }
  if (late.empty()) {
    return {};
  }
  std::sort(late.begin(), late.end());
  return {late.size(), at_quantile(late, 0.5), at_quantile(late, 0.99), late.back()};
}

MachineObservation observe_machine(Duration span) {
  MachineObservation seen;
  seen.facts = read_host_facts();
  seen.build = this_build();
  const MonotonicClock clock;
  seen.clock = measure_clock_cost(clock);

  seen.counter_is_trusted = best_clock(&seen.trusted_clock)->name() == "tsc";

  const HostProbe probe;
  const HostPressure pressure_before = probe.read();
  const HostLoad before = read_host_load();
  const double own_before = process_usage().cpu_seconds;
  const Instant start = clock.now();
  seen.wake_ups = measure_wake_ups(span, wake_up_gap);
  const double cpu_seconds = to_seconds(clock.now() - start) * std::max(1U, seen.facts.cpus);
  const double own = process_usage().cpu_seconds - own_before;
  const HostLoad after = read_host_load();

  seen.strain = strain_between(pressure_before, probe.read(), clock.now() - start);
  seen.others = part_of(before.busy_seconds, after.busy_seconds, cpu_seconds);
  if (seen.others) {
    seen.others = std::max(0.0, *seen.others - own / cpu_seconds);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    seen.descriptors_soft = limit.rlim_cur;
    seen.descriptors_hard = limit.rlim_max;
  }
  return seen;
}

}  // namespace queuemeter::cli
