// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/measured_program.hpp"
#include "benchmarks/http/plan.hpp"
#include "benchmarks/http/target.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace queuemeter::http_benchmark {
namespace {

/// Answers per second of the server's CPU time, asked by callers who post one call after the other.
double answers_per_cpu_second(const Plan& plan, const peers::PrivateServer& server,
                              const std::string& target) {
  constexpr std::size_t connections = 64;
  const double before = cpu_seconds_of(server.process_id());
  const MeasuredRun run = run_queuemeter(
      {server.url(target), "--method", "POST", "--callers", std::to_string(connections), "--for",
       fmt::format("{}s", plan.seconds), "--set", "run.warm_up=0s", "--set", "traffic.payload=0B",
       "--set", fmt::format("backend.connections={}", connections)},
      client_core);
  const double used = cpu_seconds_of(server.process_id()) - before;
  if (run.result.drop_rate_max > 0.0) {
    throw std::runtime_error{"calls to " + server.url(target) + " were not all accepted"};
  }
  return static_cast<double>(run.result.ledger.of(Outcome::completed)) / used;
}

/// A front end whose only worker waits for a backend that never answers: what it costs is to take
/// calls, to put them on the queue and to say so.
double accepted_per_cpu_second(const Plan& plan) {
  const auto backend = start_queuemeter({"backend", "--model", "event", "--hang-rate", "100%"});
  const auto front =
      start_queuemeter({"front", "--backend", backend->url(), "--queue", "mutex_deque", "--bound",
                        "10000000", "--workers", "1", "--worker-kind", "async"});
  return answers_per_cpu_second(plan, *front, "/calls");
}

/// Callers of the whole site: front end, queue, workers, backend, and a callback for each call.
double whole_calls_per_second(const Plan& plan) {
  const MeasuredRun run = run_queuemeter({"--callers", "256",
                                          "--for",     fmt::format("{}s", plan.seconds),
                                          "--queue",   "mutex_deque",
                                          "--set",     "run.warm_up=1s",
                                          "--set",     "path.kind=front",
                                          "--set",     "path.completion=callback",
                                          "--set",     "workers.kind=async",
                                          "--workers", "256",
                                          "--set",     "backend.kind=managed",
                                          "--set",     "backend.model=event",
                                          "--set",     "backend.service_time=0s",
                                          "--set",     "backend.concurrency=1024"},
                                         std::nullopt);
  return run.result.completed_per_s;
}

}  // namespace

Figures measure_front_end(const Plan& plan) {
  Figures figures{"The front end"};
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    figures.add("whole calls with a callback, 256 callers, 2 cores", "calls/s",
                whole_calls_per_second(plan), at_least(15'000.0));
    const double nginx = answers_per_cpu_second(plan, *start_nginx(), "/calls");
    const double front = accepted_per_cpu_second(plan);
    figures.add("`queuemeter front`: 202s", "per CPU-second", front);
    figures.add("nginx: 200s", "per CPU-second", nginx);
    figures.add("ratio of the pairs", "", front / nginx, at_least(0.5));
  }
  return figures;
}

}  // namespace queuemeter::http_benchmark
