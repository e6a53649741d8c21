// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/measured_program.hpp"
#include "benchmarks/http/plan.hpp"
#include "benchmarks/http/target.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

namespace queuemeter::http_benchmark {
namespace {

constexpr std::size_t few = 100;
constexpr std::size_t rate = 10'000;
constexpr double kibibyte = 1024.0;

/// The schedule on so many connections, all of them opened before it begins.
MeasuredRun run_with_open(const Plan& plan, const std::string& url, std::size_t open) {
  return run_queuemeter(
      {url, "--rate", fmt::format("{}/s", rate), "--set", "backend.method=GET", "--for",
       fmt::format("{}s", plan.seconds), "--set", "run.warm_up=1s", "--set",
       "traffic.arrivals=constant", "--set", fmt::format("backend.connections={}", open), "--set",
       fmt::format("backend.open={}", open), "--set", "backend.open_rate=6k/s"},
      client_core);
}

void add(Figures& figures, const Plan& plan, const std::string& who,
         const peers::PrivateServer& server, std::optional<Limit> server_limit = {}) {
  const MeasuredRun small = run_with_open(plan, server.url(), few);
  const std::uint64_t server_before = peak_resident_bytes_of(server.process_id());
  const MeasuredRun large = run_with_open(plan, server.url(), plan.open);
  const std::uint64_t server_after = peak_resident_bytes_of(server.process_id());
  const auto more = static_cast<double>(plan.open - few);
  figures.add(who + ": memory of the generator for each idle connection", "KiB",
              (static_cast<double>(large.process.max_rss_bytes) -
               static_cast<double>(small.process.max_rss_bytes)) /
                  more / kibibyte,
              at_most(8.0));
  figures.add(who + ": its memory for each idle connection", "KiB",
              static_cast<double>(server_after - server_before) / more / kibibyte, server_limit);
  const RunDocument& result = large.result;
  figures.add(fmt::format("{}: delivered with {} open", who, plan.open), "of the schedule",
              static_cast<double>(result.ledger.of(Outcome::completed)) /
                  (static_cast<double>(rate) * result.measure_seconds),
              at_least(0.999));
  if (result.connections && result.connections->opened_before_seconds > 0.0) {
    figures.add(fmt::format("{}: opened in the ramp", who), "connections/s",
                static_cast<double>(result.connections->opened_before) /
                    result.connections->opened_before_seconds,
                at_least(5'000.0));
  }
}

}  // namespace

Figures measure_many_connections(const Plan& plan) {
  Figures figures{fmt::format("{} open connections and {} calls/s", plan.open, rate)};
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    add(figures, plan, "`queuemeter backend --model event`",
        *start_queuemeter({"backend", "--model", "event", "--service-time", "0s"}), at_most(8.0));
    add(figures, plan, "nginx", *start_nginx());
  }
  return figures;
}

}  // namespace queuemeter::http_benchmark
