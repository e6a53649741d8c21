// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/commands.hpp"
#include "harness/cli/machine_fitness.hpp"
#include "harness/cli/two_columns.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace queuemeter::cli {

namespace {

constexpr std::size_t margin = 25;  // where explanations begin

std::string_view verdict(Fitness fitness) {
  switch (fitness) {
    case Fitness::good:
    case Fitness::unknown:
      return "FIT TO MEASURE: nothing here stands in the way of good numbers.";
    case Fitness::care:
      return "FIT WITH CARE: numbers are usable; mind the lines marked care.";
    case Fitness::bad:
      return "NOT FIT TO MEASURE as it is now: runs may be judged invalid.";
  }
  return "";
}

void print_json(const MachineObservation& seen, const std::vector<FitnessRow>& rows) {
  nlohmann::ordered_json document{{"schema", "queuemeter.doctor/1"},
                                  {"verdict", to_string(overall(rows))},
                                  {"host", seen.facts.host},
                                  {"kernel", seen.facts.kernel},
                                  {"cpus", seen.facts.cpus},
                                  {"clock_read_ns", seen.clock.per_reading.count()},
                                  {"clock_granularity_ns", seen.clock.granularity.count()},
                                  {"wake_up_p50_ns", seen.wake_ups.p50.count()},
                                  {"wake_up_p99_ns", seen.wake_ups.p99.count()},
                                  {"wake_up_max_ns", seen.wake_ups.max.count()},
                                  {"steal", nullptr},
                                  {"other_processes", nullptr},
                                  {"descriptors_soft", seen.descriptors_soft},
                                  {"descriptors_hard", seen.descriptors_hard}};
  if (seen.steal) {
    document["steal"] = *seen.steal;
  }
  if (seen.others) {
    document["other_processes"] = *seen.others;
  }
  document["checks"] = nlohmann::ordered_json::array();
  for (const FitnessRow& row : rows) {
    document["checks"].push_back({{"id", row.id},
                                  {"verdict", to_string(row.fitness)},
                                  {"seen", row.seen},
                                  {"note", row.note}});
  }
  fmt::print("{}\n", document.dump(2));
}

void print_text(const MachineObservation& seen, const std::vector<FitnessRow>& rows) {
  fmt::print("{}\n{}, {}\n", verdict(overall(rows)), seen.facts.host, seen.facts.kernel);
  for (const FitnessRow& row : rows) {
    const std::string label = fmt::format("{:<8}{}", to_string(row.fitness), row.id);
    fmt::print("{}", two_columns(label, margin, row.seen));
    if (!row.note.empty()) {
      fmt::print("{}", two_columns("", margin, row.note));
    }
  }
  fmt::print("Watched for a second; ask again while your real load is quiet.\n");
}

}  // namespace

ExitCode doctor_command(const CommandLine& line) {
  const MachineObservation seen = observe_machine(std::chrono::seconds{1});
  const std::vector<FitnessRow> rows = judge_fitness(seen);
  if (line.has("--json")) {
    print_json(seen, rows);
  } else {
    print_text(seen, rows);
  }
  return ExitCode::done;
}

}  // namespace queuemeter::cli
