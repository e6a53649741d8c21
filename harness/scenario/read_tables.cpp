// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_tables.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/scenario/objective.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using TimeRange = TableReader::Range<Duration>;

constexpr TimeRange patience{0s, 24h, true};
constexpr std::uint64_t largest_seed = 0x7FFF'FFFF'FFFF'FFFF;
constexpr std::size_t most_stages = 1'000;
constexpr std::size_t most_faults = 100;

/// Fields are std::size_t or std::uint32_t; the ranges keep every value inside both.
template <class Field>
void read_count(const TableReader& reader, std::string_view key, Field& out, std::uint64_t least,
                std::uint64_t most) {
  std::uint64_t value = out;
  reader.count(key, value, {least, most});
  out = static_cast<Field>(value);
}

RunSettings read_run(const TableReader& reader) {
  RunSettings run;
  reader.time("warm_up", run.warm_up, {0s, 168h});
  reader.time("measure", run.measure, {0s, 168h, true});
  reader.time("drain", run.drain, {0s, 24h});
  reader.time("tick", run.tick, {10ms, 10s});
  read_count(reader, "seed", run.seed, 0, largest_seed);
  reader.only_word("pacing", "timer");
  return run;
}

Stage read_stage(const TableReader& reader) {
  constexpr std::array<std::pair<std::string_view, Stage::Kind>, 3> kinds{
      {{"rate", Stage::Kind::hold},
       {"ramp_to", Stage::Kind::ramp},
       {"step_to", Stage::Kind::step}}};
  Stage stage;
  std::size_t given = 0;
  for (const auto& [key, kind] : kinds) {
    if (reader.has(key)) {
      stage.kind = kind;
      reader.rate(key, stage.rate);
      ++given;
    }
  }
  // A stage that is not built yet has been refused already.
  if (given != 1 && !reader.has("burst") && !reader.has("sine")) {
    reader.fail("", fmt::format("a stage needs one of rate, ramp_to and step_to, this one has {}",
                                given == 0 ? "none" : "several"));
  }
  if (reader.has("for")) {
    reader.time("for", stage.length, {0s, 168h, true});
  } else if (!reader.has("burst")) {
    reader.fail("for", R"(a stage needs its length; add for = "5s")");
  }
  return stage;
}

/// `rate` and a first stage that holds a rate say the same thing; a first ramp starts at `rate`.
void read_stages(const TableReader& reader, TrafficSettings& traffic) {
  const auto tables = reader.tables("stages");
  if (tables.size() > most_stages) {
    reader.fail("stages", fmt::format("{} stages are too many; use {} at the most", tables.size(),
                                      most_stages));
    return;
  }
  std::transform(tables.begin(), tables.end(), std::back_inserter(traffic.stages), read_stage);
  if (traffic.stages.empty()) {
    if (reader.has("stages") && tables.empty()) {
      reader.fail("stages", "the list is empty; leave it out and give a rate");
    }
    return;
  }
  const Stage& first = traffic.stages.front();
  if (first.kind == Stage::Kind::ramp) {
    if (!reader.has("rate")) {
      reader.fail("stages", R"(a first ramp_to needs to know where it starts; add rate = "1k/s")");
    }
    return;
  }
  if (reader.has("rate") && traffic.rate != first.rate) {
    reader.fail("rate", fmt::format("it is {}, but the first of the stages is {}; give only one",
                                    format_rate(traffic.rate), format_rate(first.rate)));
  }
  traffic.rate = first.rate;
}

TrafficSettings read_traffic(const TableReader& reader) {
  constexpr std::uint64_t largest_payload = 16U << 20U;
  TrafficSettings traffic;
  reader.only_word("model", "open");
  reader.word("arrivals", traffic.arrivals,
              {{"constant", Arrivals::constant}, {"poisson", Arrivals::poisson}});
  reader.rate("rate", traffic.rate);
  read_stages(reader, traffic);
  reader.time("reply_timeout", traffic.reply_timeout, patience);
  read_count(reader, "caller_limit", traffic.caller_limit, 1, 10'000'000);
  std::uint64_t payload = traffic.payload_bytes;
  reader.size("payload", payload, largest_payload);
  traffic.payload_bytes = static_cast<std::uint32_t>(payload);
  reader.time("deadline", traffic.deadline, patience);
  read_count(reader, "offerers", traffic.offerers, 1, 8);
  return traffic;
}

PathSettings read_path(const TableReader& reader) {
  PathSettings path;
  reader.word("kind", path.kind, {{"direct", PathKind::direct}, {"queued", PathKind::queued}});
  reader.word("reply", path.reply, {{"none", ReplyKind::none}, {"memory", ReplyKind::memory}});
  return path;
}

QueueSettings read_queue(const TableReader& reader) {
  QueueSettings queue;
  reader.text("use", queue.use);
  if (reader.has("bound")) {
    std::size_t bound = default_queue_bound;
    read_count(reader, "bound", bound, 1, 1'000'000'000);
    queue.bound = bound;
  }
  reader.only_word("when_full", "reject");
  reader.only_word("policy", "none");
  reader.word("wait", queue.wait,
              {{"spin", WaitPolicyKind::spin},
               {"spin_yield", WaitPolicyKind::spin_yield},
               {"spin_park", WaitPolicyKind::spin_park}});
  reader.only_flag("durable", false);
  reader.only_count("batch", 1);
  reader.only_count("window", 32);
  reader.only_count("prefetch", 32);
  if (reader.has("options")) {
    const TableReader options = reader.table("options");
    options.require_table();
    for (const auto& [name, value] : options.entries()) {
      if (value.list() != nullptr || value.table() != nullptr) {
        options.fail(
            name, fmt::format("must be a text, a number, true or false, not {}", kind_of(value)));
      } else {
        queue.options.emplace_back(name, to_label(value));
      }
    }
  }
  return queue;
}

WorkerSettings read_workers(const TableReader& reader) {
  WorkerSettings workers;
  reader.only_word("kind", "thread");
  read_count(reader, "count", workers.count, 1, 4'096);
  reader.only_time("poll", Duration{0});
  return workers;
}

BackendSettings read_backend(const TableReader& reader) {
  BackendSettings backend;
  reader.word("kind", backend.kind,
              {{"synthetic", BackendSettings::Kind::synthetic},
               {"http", BackendSettings::Kind::http},
               {"managed", BackendSettings::Kind::managed}});
  reader.distribution("service_time", backend.service_time);
  reader.fraction("error_rate", backend.error_rate);
  reader.fraction("hang_rate", backend.hang_rate);
  read_count(reader, "concurrency", backend.concurrency, 1, 65'536);
  read_count(reader, "queue", backend.queue, 0, 10'000'000);
  reader.only_word("work", "sleep");
  read_count(reader, "connections", backend.connections, 1, 65'536);
  const TableReader timeouts = reader.table("timeouts");
  timeouts.time("connect", backend.connect_timeout, patience);
  timeouts.time("first_byte", backend.first_byte_timeout, patience);
  timeouts.time("whole", backend.whole_timeout, patience);
  reader.only_word("rate_limit", "none");
  reader.text("url", backend.url);
  return backend;
}

std::vector<Objective> read_objectives(const TableReader& reader) {
  std::vector<Objective> objectives;
  reader.require_table();
  for (const auto& [metric, value] : reader.entries()) {
    if (value.text() == nullptr) {
      reader.fail(metric, fmt::format(R"(must be a limit in quotes such as "< 50ms", not {})",
                                      kind_of(value)));
      continue;
    }
    Result<Objective> objective = parse_objective(metric, *value.text());
    if (objective.has_error()) {
      reader.fail(metric, objective.error().what);
    } else {
      objectives.push_back(*std::move(objective));
    }
  }
  return objectives;
}

Fault read_fault(const TableReader& reader) {
  Fault fault;
  reader.require("at", R"(add at = "5s")");
  reader.time("at", fault.at, {0s, 168h});
  reader.require("what", R"(add what = "freeze")");
  reader.only_word("what", "freeze");
  reader.require("who", R"(add who = "backend")");
  reader.only_word("who", "backend");
  reader.require("for", R"(add for = "1s")");
  reader.time("for", fault.length, patience);
  return fault;
}

std::vector<Fault> read_faults(const TableReader& root) {
  const auto tables = root.tables("fault");
  std::vector<Fault> faults;
  if (tables.size() > most_faults) {
    root.fail("fault", fmt::format("{} faults are too many; use {} at the most", tables.size(),
                                   most_faults));
    return faults;
  }
  std::transform(tables.begin(), tables.end(), std::back_inserter(faults), read_fault);
  return faults;
}

}  // namespace

Scenario read_tables(const TomlValue& root, ErrorList& errors) {
  const TableReader reader{&root, "", errors};
  Scenario scenario;
  scenario.run = read_run(reader.table("run"));
  scenario.traffic = read_traffic(reader.table("traffic"));
  scenario.path = read_path(reader.table("path"));
  scenario.queue = read_queue(reader.table("queue"));
  scenario.workers = read_workers(reader.table("workers"));
  scenario.backend = read_backend(reader.table("backend"));
  scenario.objectives = read_objectives(reader.table("objectives"));
  scenario.faults = read_faults(reader);
  return scenario;
}

}  // namespace queuemeter
