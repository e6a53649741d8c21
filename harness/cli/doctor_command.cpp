// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/broker_probe.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/machine_fitness.hpp"
#include "harness/cli/two_columns.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

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

nlohmann::ordered_json or_null(std::optional<double> value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

void print_json(const MachineObservation& seen, const std::vector<FitnessRow>& rows,
                const std::vector<BrokerAnswer>& brokers) {
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
                                  {"clock_source_trusted", seen.counter_is_trusted},
                                  {"timed_with", seen.trusted_clock},
                                  {"steal", or_null(seen.strain.steal)},
                                  {"pressure",
                                   {{"cpu", or_null(seen.strain.cpu_stalled)},
                                    {"memory", or_null(seen.strain.memory_stalled)},
                                    {"io", or_null(seen.strain.io_stalled)}}},
                                  {"other_processes", or_null(seen.others)},
                                  {"descriptors_soft", seen.descriptors_soft},
                                  {"descriptors_hard", seen.descriptors_hard}};
  document["checks"] = nlohmann::ordered_json::array();
  for (const FitnessRow& row : rows) {
    document["checks"].push_back({{"id", row.id},
                                  {"verdict", to_string(row.fitness)},
                                  {"seen", row.seen},
                                  {"note", row.note}});
  }
  document["brokers"] = nlohmann::ordered_json::array();
  for (const BrokerAnswer& broker : brokers) {
    document["brokers"].push_back({{"name", broker.name},
                                   {"address", fmt::format("127.0.0.1:{}", broker.port)},
                                   {"answers", broker.answers},
                                   {"seen", broker.seen}});
  }
  fmt::print("{}\n", document.dump(2));
}

std::string brokers_text(const std::vector<BrokerAnswer>& brokers) {
  std::string text;
  for (const BrokerAnswer& broker : brokers) {
    if (broker.answers) {
      text += fmt::format("{}{} at 127.0.0.1:{} ({})", text.empty() ? "" : ", ", broker.name,
                          broker.port, broker.seen);
    }
  }
  return text.empty() ? "none answers at its usual port of this machine" : text;
}

void print_text(const MachineObservation& seen, const std::vector<FitnessRow>& rows,
                const std::vector<BrokerAnswer>& brokers) {
  fmt::print("{}\n{}, {}\n", verdict(overall(rows)), seen.facts.host, seen.facts.kernel);
  for (const FitnessRow& row : rows) {
    const std::string label = fmt::format("{:<8}{}", to_string(row.fitness), row.id);
    fmt::print("{}", two_columns(label, margin, row.seen));
    if (!row.note.empty()) {
      fmt::print("{}", two_columns("", margin, row.note));
    }
  }
  fmt::print("{}", two_columns("        brokers", margin, brokers_text(brokers)));
  fmt::print("Watched for a second; ask again while your real load is quiet.\n");
}

}  // namespace

ExitCode doctor_command(const CommandLine& line) {
  const MachineObservation seen = observe_machine(std::chrono::seconds{1});
  const std::vector<FitnessRow> rows = judge_fitness(seen);
  const std::vector<BrokerAnswer> brokers = ask_brokers(std::chrono::milliseconds{200});
  if (line.has("--json")) {
    print_json(seen, rows, brokers);
  } else {
    print_text(seen, rows, brokers);
  }
  // A script that is about to measure asks with the exit code: what would be measured now is not to
  // be trusted. A machine that wants care is fit; brokers are information.
  return overall(rows) == Fitness::bad ? ExitCode::invalid : ExitCode::done;
}

}  // namespace queuemeter::cli
