// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/measured_program.hpp"
#include "benchmarks/http/plan.hpp"
#include "benchmarks/http/target.hpp"
#include "benchmarks/http/wrk.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace queuemeter::http_benchmark {
namespace {

/// Answers per second of CPU time of the whole client.
double our_round(const Plan& plan, const std::string& url, std::size_t connections) {
  const MeasuredRun run =
      run_queuemeter({url, "--callers", std::to_string(connections), "--set", "backend.method=GET",
                      "--for", fmt::format("{}s", plan.seconds), "--set", "run.warm_up=0s", "--set",
                      fmt::format("backend.connections={}", connections)},
                     client_core);
  const std::int64_t completed = run.result.ledger.of(Outcome::completed);
  if (run.result.drop_rate_max > 0.0) {
    throw std::runtime_error{"calls to nginx failed; the figures would mean nothing"};
  }
  return static_cast<double>(completed) / run.process.cpu_seconds;
}

double wrk_round(const Plan& plan, const std::string& url, std::size_t connections) {
  const WrkRun run = run_wrk(
      {"wrk", "-t1", fmt::format("-c{}", connections), fmt::format("-d{}s", plan.seconds), url});
  return run.requests / run.process.cpu_seconds;
}

}  // namespace

Figures measure_closed_loop(const Plan& plan, std::size_t connections) {
  Figures figures{fmt::format("Closed loop, {} connections", connections)};
  const bool has_wrk = peers::is_installed("wrk");
  if (!has_wrk) {
    figures.remark("wrk is not installed (`tools/setup --peers`): nothing stands beside ours.");
  }
  const auto nginx = start_nginx();
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    // Who goes first changes with every round.
    std::optional<double> theirs;
    if (has_wrk && round % 2 == 0) {
      theirs = wrk_round(plan, nginx->url(), connections);
    }
    const double ours = our_round(plan, nginx->url(), connections);
    if (has_wrk && round % 2 == 1) {
      theirs = wrk_round(plan, nginx->url(), connections);
    }
    figures.add("`queuemeter run`", "answers per CPU-second", ours);
    if (theirs) {
      figures.add("wrk", "answers per CPU-second", *theirs);
      figures.add("ratio of the pairs", "", ours / *theirs, at_least(1.05));
    }
  }
  return figures;
}

}  // namespace queuemeter::http_benchmark
