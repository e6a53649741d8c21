// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/measured_program.hpp"
#include "benchmarks/http/plan.hpp"
#include "benchmarks/http/target.hpp"
#include "benchmarks/http/wrk.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace queuemeter::http_benchmark {
namespace {

constexpr std::size_t connections = 16;

struct Round {
  double delivered = 0.0;    ///< answers ÷ what the schedule asks for
  double lateness_us = 0.0;  ///< median
  double cpu_us = 0.0;       ///< of the whole client, per answer
};

Round our_round(const Plan& plan, const std::string& url, std::size_t rate,
                const std::string& pacing) {
  const MeasuredRun run =
      run_queuemeter({url, "--rate", fmt::format("{}/s", rate), "--set", "backend.method=GET",
                      "--for", fmt::format("{}s", plan.seconds), "--set", "run.warm_up=0s", "--set",
                      "traffic.arrivals=constant", "--set", "run.pacing=" + pacing, "--set",
                      fmt::format("backend.connections={}", connections)},
                     client_core);
  const RunDocument& result = run.result;
  const auto completed = static_cast<double>(result.ledger.of(Outcome::completed));
  const auto& lateness = result.latency[static_cast<std::size_t>(Span::lateness)];
  return {completed / (static_cast<double>(rate) * result.measure_seconds),
          lateness && lateness->p50 ? to_seconds(*lateness->p50) * 1e6 : 0.0,
          run.process.cpu_seconds * 1e6 / completed};
}

/// Its lateness is in its latencies, which begin at the planned instant as ours do.
Round wrk2_round(const Plan& plan, const std::string& url, std::size_t rate) {
  const WrkRun run =
      run_wrk({"wrk2", "-t1", fmt::format("-c{}", connections), fmt::format("-d{}s", plan.seconds),
               fmt::format("-R{}", rate), "--latency", url});
  return {run.requests / (static_cast<double>(rate) * run.seconds),
          run.median_latency_us.value_or(0.0), run.process.cpu_seconds * 1e6 / run.requests};
}

void add(Figures& figures, const std::string& who, const Round& round,
         std::optional<Limit> lateness_limit, std::optional<Limit> cpu_limit = {}) {
  figures.add(who + ": delivered", "of the schedule", round.delivered, at_least(0.999));
  figures.add(who + ": median lateness", "us", round.lateness_us, lateness_limit);
  figures.add(who + ": CPU per answer", "us", round.cpu_us, cpu_limit);
}

/// 0.9 of what wrk2 took on this kind of machine, for where it cannot be asked.
std::optional<Limit> cpu_limit_without_wrk2(std::size_t rate) {
  switch (rate) {
    case 10'000:
      return at_most(0.9 * 13.6);
    case 30'000:
      return at_most(0.9 * 9.0);
    default:
      return std::nullopt;
  }
}

}  // namespace

Figures measure_open_loop(const Plan& plan, std::size_t calls_per_second) {
  Figures figures{
      fmt::format("Open loop, {} calls/s on {} connections", calls_per_second, connections)};
  const bool has_wrk2 = peers::is_installed("wrk2");
  if (!has_wrk2) {
    figures.remark(
        "wrk2 is not installed, and Debian has no package of it: nothing stands beside "
        "ours. The limit of CPU per answer is 0.9 of what it took on this kind of "
        "machine when the limit was set (13.6 us at 10,000/s, 9.0 us at 30,000/s).");
  }
  const auto nginx = start_nginx();
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    add(figures, "`timer`", our_round(plan, nginx->url(), calls_per_second, "timer"),
        at_most(40.0));
    const Round coalesced = our_round(plan, nginx->url(), calls_per_second, "coalesce:1ms");
    add(figures, "`coalesce:1ms`", coalesced, at_most(650.0),
        has_wrk2 ? std::nullopt : cpu_limit_without_wrk2(calls_per_second));
    if (has_wrk2) {
      const Round theirs = wrk2_round(plan, nginx->url(), calls_per_second);
      figures.add("wrk2: delivered", "of the schedule", theirs.delivered);
      figures.add("wrk2: median latency", "us", theirs.lateness_us);
      figures.add("wrk2: CPU per answer", "us", theirs.cpu_us);
      figures.add("`coalesce:1ms` ÷ wrk2: CPU per answer", "", coalesced.cpu_us / theirs.cpu_us,
                  at_most(0.9));
    }
  }
  return figures;
}

}  // namespace queuemeter::http_benchmark
