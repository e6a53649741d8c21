// SPDX-License-Identifier: Apache-2.0
#include "harness/run/refusals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/resource.h>
#include <thread>

namespace queuemeter {
namespace {

/// Descriptors the program needs besides connections: standard streams, files, event loops.
constexpr std::size_t other_descriptors = 64;
/// A worker's own event loop (epoll, timer, wake-up) and its connection.
constexpr std::size_t descriptors_per_worker = 4;

/// As `Recorders` limits them.
constexpr std::size_t recorders_per_cpu = 4;

/// The soft limit, raised to the hard one: a load generator needs what it is allowed.
std::size_t raised_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 1024;
  }
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

}  // namespace

std::optional<Error> refusal(const Scenario& scenario, const QueueTraits& traits) {
  if (traits.producers == QueueEnds::one && scenario.traffic.offerers > 1) {
    return Error::usage(
        fmt::format("traffic.offerers: queue {} takes one producer, and {} were asked for; use 1",
                    traits.name, scenario.traffic.offerers));
  }
  if (traits.consumers == QueueEnds::one && scenario.workers.count > 1) {
    return Error::usage(fmt::format(
        "workers.count: queue {} takes one consumer, and {} workers were asked for; use 1",
        traits.name, scenario.workers.count));
  }
  // Threads that share a CPU and spin take turns by the scheduler's quantum: a collapse of the
  // measured queue by a factor of 20 and more, which would be the policy's and not the queue's.
  const std::size_t threads = scenario.workers.count + scenario.traffic.offerers + 1;
  const std::size_t cpus = std::thread::hardware_concurrency();
  if (scenario.queue.wait == WaitPolicyKind::spin && threads > cpus) {
    return Error::usage(fmt::format(
        "queue.wait: {} threads cannot all spin on {} CPUs; use spin_yield or spin_park", threads,
        cpus));
  }
  return std::nullopt;
}

std::optional<Error> refusal_of_machine(const Scenario& scenario) {
  // Recorders belong to engine threads: the offerers, and one settler.
  const std::size_t engine_threads = recorders_per_cpu * std::thread::hardware_concurrency();
  if (scenario.traffic.offerers + 1 > engine_threads) {
    return Error::usage(fmt::format(
        "traffic.offerers: {} offering threads are too many for this machine's {} CPUs; use {}",
        scenario.traffic.offerers, std::thread::hardware_concurrency(), engine_threads - 1));
  }
  if (scenario.backend.kind == BackendSettings::Kind::synthetic) {
    return std::nullopt;
  }
  const bool direct = scenario.path.kind == PathKind::direct;
  const std::size_t wanted =
      other_descriptors +
      (direct ? std::min(scenario.backend.connections, scenario.traffic.caller_limit)
              : scenario.workers.count * descriptors_per_worker);
  const std::size_t limit = raised_descriptor_limit();
  if (wanted <= limit) {
    return std::nullopt;
  }
  const std::size_t room = limit - std::min(limit, other_descriptors);
  return Error::usage(fmt::format(
      "{}: needs {} file descriptors, and the limit is {}; use {} or raise it with `ulimit -n`",
      direct ? "backend.connections" : "workers.count", wanted, limit,
      direct ? room : room / descriptors_per_worker));
}

}  // namespace queuemeter
