// SPDX-License-Identifier: Apache-2.0
#include "harness/run/refusals.hpp"

#include "harness/measure/ledger.hpp"
#include "harness/measure/machine.hpp"
#include "harness/run/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/resource.h>
#include <thread>

namespace queuemeter {
namespace {

/// Descriptors the program needs besides connections: standard streams, files, event loops.
constexpr std::size_t other_descriptors = 64;
/// A thread's own event loop: epoll, its timer, its wake-up and ours.
constexpr std::size_t descriptors_per_loop = 4;
/// A consumer's connection to a queue behind a URL, and what ends its wait.
constexpr std::size_t descriptors_per_remote_consumer = 2;

/// As `Recorders` limits them, for each class of calls.
constexpr std::size_t recorders_per_cpu = 4;

/// What is left to the rest of the machine, and to what no estimate knows of.
constexpr double share_of_memory = 0.8;
/// A caller beside its record: timer state, its way back, its place in the inbox.
constexpr std::size_t bytes_per_record_elsewhere = 128;

std::size_t cpus() { return std::max<std::size_t>(1, std::thread::hardware_concurrency()); }

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

std::optional<Error> too_many_ends(const Scenario& scenario, const QueueTraits& traits) {
  if (traits.producers == QueueEnds::one && scenario.traffic.offerers > 1) {
    return Error::usage(
        fmt::format("traffic.offerers: queue {} takes one producer, and {} were asked for; use 1",
                    traits.name, scenario.traffic.offerers));
  }
  // Asynchronous slots share one taker.
  const bool is_async = scenario.workers.kind == WorkerSettings::Kind::async;
  if (traits.consumers == QueueEnds::one && scenario.workers.count > 1 && !is_async) {
    return Error::usage(fmt::format(
        "workers.count: queue {} takes one consumer, and {} workers were asked for; use 1, or "
        "workers.kind = \"async\", whose slots share a consumer",
        traits.name, scenario.workers.count));
  }
  if (scenario.path.reply == ReplyKind::queue && traits.producers == QueueEnds::one &&
      scenario.workers.count > 1 && !is_async) {
    return Error::usage(
        fmt::format("path.reply: replies of {} workers cannot go through {}, which takes one "
                    "producer; use workers.count = 1 or reply = \"memory\"",
                    scenario.workers.count, traits.name));
  }
  return std::nullopt;
}

std::optional<Error> spinning_beyond_the_cpus(const Scenario& scenario,
                                              const QueueTraits& /*traits*/) {
  // Threads that share a CPU and spin take turns by the scheduler's quantum: a collapse of the
  // measured queue by a factor of 20 and more, which would be the policy's and not the queue's.
  if (scenario.queue.wait != WaitPolicyKind::spin) {
    return std::nullopt;
  }
  const bool settles_apart = scenario.backend.kind != BackendSettings::Kind::none;
  const std::size_t threads =
      scenario.workers.count + scenario.traffic.offerers + (settles_apart ? 1 : 0);
  if (threads <= cpus()) {
    return std::nullopt;
  }
  return Error::usage(
      fmt::format("queue.wait: {} threads cannot all spin on {} CPUs; use spin_yield or spin_park",
                  threads, cpus()));
}

std::optional<Error> unfit_acknowledgement(const Scenario& scenario, const QueueTraits& traits) {
  const WorkerSettings& workers = scenario.workers;
  if (traits.delivery == QueueDelivery::acked) {
    // The slots' one consumer would hold no more calls, and most slots would stay idle.
    if (workers.kind == WorkerSettings::Kind::async && workers.count > scenario.queue.prefetch) {
      return Error::usage(
          fmt::format("queue.prefetch: {} asynchronous slots share a consumer that may hold {} "
                      "unacknowledged calls; use queue.prefetch = {}",
                      workers.count, scenario.queue.prefetch, workers.count));
    }
    return std::nullopt;
  }
  if (workers.retry.kind != RetrySettings::Kind::none && !workers.retry.budget.has_value()) {
    return Error::usage(
        fmt::format("workers.retry: queue {} has no acknowledgement, so nothing slows a worker "
                    "that retries without end; add budget = 0.1",
                    traits.name));
  }
  if (workers.ack_timeout.has_value()) {
    return Error::usage(
        fmt::format("workers.ack_timeout: queue {} forgets a call when it is taken, so nothing can "
                    "be delivered again; leave it out, or use a queue with acknowledgement",
                    traits.name));
  }
  return std::nullopt;
}

std::optional<Error> out_of_reach_of_processes(const Scenario& scenario,
                                               const QueueTraits& traits) {
  if (scenario.workers.kind != WorkerSettings::Kind::process) {
    return std::nullopt;
  }
  if (traits.scope == QueueScope::threads) {
    return Error::usage(
        fmt::format("workers.kind: queue {} exists in this process only, so worker processes "
                    "cannot take from it; use workers.kind = \"thread\", or queue.use = \"sysv\"",
                    traits.name));
  }
  // Each child has a synthetic backend of its own, and no way to wait for another one's slot.
  if (scenario.backend.kind == BackendSettings::Kind::synthetic &&
      scenario.backend.concurrency < scenario.workers.count) {
    return Error::usage(fmt::format(
        "backend.concurrency: {} worker processes cannot share the {} slots of a backend in "
        "memory; use concurrency = {} or more, or backend.kind = \"managed\"",
        scenario.workers.count, scenario.backend.concurrency, scenario.workers.count));
  }
  return std::nullopt;
}

std::optional<Error> more_calls_than_the_ledger_numbers(const Scenario& scenario) {
  const TrafficSettings& traffic = scenario.traffic;
  const bool is_half_open = traffic.model == TrafficModel::half_open;
  if (traffic.model != TrafficModel::open && !is_half_open) {
    return std::nullopt;  // how many calls there will be, nobody knows before
  }
  const double seconds = to_seconds(scenario.run.warm_up + scenario.run.measure);
  double rate = traffic.rate.calls_per_second();
  for (const Stage& stage : traffic.stages) {
    rate = std::max({rate, stage.rate.calls_per_second(), stage.peak.calls_per_second()});
  }
  const double each = is_half_open ? static_cast<double>(traffic.session) : 1.0;  // of a session
  const auto limit = static_cast<double>(Ledger::sequence_limit);
  if (rate * each * seconds <= limit) {
    return std::nullopt;
  }
  return Error::usage(
      fmt::format("traffic.rate: {:.3g} calls in one run are more than the {:.3g} that a ledger "
                  "numbers; use a rate of {:.3g}/s, or a shorter run.measure",
                  rate * each * seconds, limit, limit / (each * seconds)));
}

std::optional<Error> more_threads_than_recorders(const Scenario& scenario) {
  // Recorders belong to engine threads: the offerers, and a settler or the consumers that settle.
  const std::size_t engine_threads = recorders_per_cpu * cpus();
  const bool consumers_settle = scenario.backend.kind == BackendSettings::Kind::none;
  const std::size_t settlers = consumers_settle ? scenario.workers.count : 1;
  if (scenario.traffic.offerers + settlers <= engine_threads) {
    return std::nullopt;
  }
  return Error::usage(fmt::format(
      "{}: {} measuring threads are too many for this machine's {} CPUs; use {} at the most",
      consumers_settle ? "workers.count" : "traffic.offerers", scenario.traffic.offerers + settlers,
      cpus(), engine_threads - (consumers_settle ? scenario.traffic.offerers : 1)));
}

std::optional<Error> more_than_fits_into_memory(const Scenario& scenario) {
  const std::optional<std::uint64_t> available = available_memory();
  if (!available.has_value()) {
    return std::nullopt;
  }
  const std::size_t each = sizeof(CallRecord) + bytes_per_record_elsewhere;
  const std::size_t records =
      pool_capacity(scenario, scenario.queue.bound) * scenario.traffic.offerers;
  const double wanted = static_cast<double>(records) * static_cast<double>(each);
  const double room = static_cast<double>(*available) * share_of_memory;
  if (wanted <= room) {
    return std::nullopt;
  }
  const bool is_closed = scenario.traffic.model == TrafficModel::closed;
  const bool is_direct =
      scenario.path.kind == PathKind::direct || scenario.path.kind == PathKind::front;
  const std::string_view key = is_closed   ? "traffic.callers"
                               : is_direct ? "traffic.caller_limit"
                                           : "queue.bound";
  return Error::usage(fmt::format(
      "{}: needs {:.1f} GiB for {} calls in flight, and {:.1f} GiB are free; use {} or less", key,
      wanted / 0x1p30, records, room / 0x1p30,
      static_cast<std::size_t>(room / static_cast<double>(each) / 2.0)));
}

/// A site is called over some connections, and its results come over others: questions, callbacks.
std::optional<Error> more_connections_to_a_site_than_descriptors(const Scenario& scenario) {
  if (scenario.path.kind != PathKind::front) {
    return std::nullopt;
  }
  const SiteSettings& front = scenario.path.site;
  const std::size_t ways = front.completion == CompletedBy::response ? 1 : 2;
  const std::size_t wanted =
      other_descriptors + ways * std::min(front.client.connections, scenario.traffic.caller_limit);
  const std::size_t limit = raised_descriptor_limit();
  if (wanted <= limit) {
    return std::nullopt;
  }
  return Error::usage(
      fmt::format("path.connections: needs {} file descriptors, and the limit is {}; use {} or "
                  "raise it with `ulimit -n`",
                  wanted, limit, (limit - std::min(limit, other_descriptors)) / ways));
}

/// What one more worker takes: its thread's event loop and its ends of the queue and the backend,
/// or what a worker process is watched by. Slots share a loop.
std::size_t descriptors_per_worker(const Scenario& scenario, bool calls_over_sockets) {
  switch (scenario.workers.kind) {
    case WorkerSettings::Kind::async:
      return 0;
    case WorkerSettings::Kind::process:
      return 1;
    case WorkerSettings::Kind::thread:
      break;
  }
  const bool replies_by_queue = scenario.path.reply == ReplyKind::queue;
  return descriptors_per_loop + (calls_over_sockets ? 1 : 0) +
         (queue_is_remote(scenario) ? descriptors_per_remote_consumer + (replies_by_queue ? 1 : 0)
                                    : 0);
}

std::optional<Error> more_connections_than_descriptors(const Scenario& scenario) {
  if (scenario.path.kind == PathKind::front) {
    return std::nullopt;
  }
  const bool over_sockets =
      calls_a_backend(scenario) && scenario.backend.kind != BackendSettings::Kind::synthetic;
  const bool direct = scenario.path.kind == PathKind::direct;
  const bool is_async = scenario.workers.kind == WorkerSettings::Kind::async;
  const bool pools = over_sockets && (direct || is_async);
  const HttpClientSettings& client = scenario.backend.client;
  const std::size_t used =
      std::min(client.connections, direct ? scenario.traffic.caller_limit : scenario.workers.count);
  const std::size_t pooled = pools ? std::max(used, client.open) : 0;
  const bool has_workers = !direct && scenario.path.kind != PathKind::offer;
  const std::size_t each = has_workers ? descriptors_per_worker(scenario, over_sockets) : 0;
  const std::size_t wanted = other_descriptors + pooled + scenario.workers.count * each;
  const std::size_t limit = raised_descriptor_limit();
  if (wanted <= limit) {
    return std::nullopt;
  }
  const std::size_t room = limit - std::min(limit, other_descriptors);
  return Error::usage(fmt::format(
      "{}: needs {} file descriptors, and the limit is {}; use {} or raise it with `ulimit -n`",
      !pools               ? "workers.count"
      : client.open > used ? "backend.open"
                           : "backend.connections",
      wanted, limit, pools ? room : room / each));
}

}  // namespace

std::optional<Error> refusal(const Scenario& scenario, const QueueTraits& traits) {
  for (const auto reason : {too_many_ends, spinning_beyond_the_cpus, unfit_acknowledgement,
                            out_of_reach_of_processes}) {
    if (std::optional<Error> error = reason(scenario, traits)) {
      return error;
    }
  }
  return std::nullopt;
}

std::optional<Error> refusal_of_machine(const Scenario& scenario) {
  for (const auto reason : {more_calls_than_the_ledger_numbers, more_threads_than_recorders,
                            more_connections_to_a_site_than_descriptors,
                            more_connections_than_descriptors, more_than_fits_into_memory}) {
    if (std::optional<Error> error = reason(scenario)) {
      return error;
    }
  }
  return std::nullopt;
}

}  // namespace queuemeter
