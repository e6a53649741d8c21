// SPDX-License-Identifier: Apache-2.0
#include "harness/record/json_fields.hpp"
#include "harness/record/result_json.hpp"
#include "harness/record/result_members.hpp"
#include "harness/scenario/read_scenario.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace queuemeter {
namespace {

using json_fields::ObjectReader;

constexpr std::uint64_t result_limit_bytes = 64ULL << 20U;

/// Finds the enumerator whose word is stored under `key`.
template <class Enum, std::size_t n>
void get_enum(ObjectReader& from, std::string_view key, const std::array<Enum, n>& all, Enum& out) {
  std::string word;
  from.get(key, word);
  for (const Enum value : all) {
    if (to_string(value) == word) {
      out = value;
      return;
    }
  }
  from.fail(key, fmt::format("is \"{}\", which this version does not know", word));
}

void read_run(ObjectReader from, RunDocument& run) {
  from.get("id", run.id);
  from.get("started_at", run.started_at);
  from.get("label", run.label);
  from.get_if_there("repetition", run.repetition);
  ObjectReader seconds = from.object("phase_seconds");
  seconds.get("warm_up", run.warm_up_seconds);
  seconds.get("measure", run.measure_seconds);
  seconds.get("drain", run.drain_seconds);
  seconds.get("sweep", run.sweep_seconds);
  from.get("complete", run.complete);
  from.get("interrupted", run.interrupted);
  from.get("altered", run.altered);
  from.get("version", run.build.version);
  from.get("commit", run.build.commit);
  ObjectReader build = from.object("build");
  build.get("preset", run.build.preset);
  build.get("compiler", run.build.compiler);
}

void read_machine(ObjectReader from, Machine& machine) {
  from.get("host", machine.host);
  from.get("kernel", machine.kernel);
  from.get("cpu_model", machine.cpu_model);
  from.get("architecture", machine.architecture);
  from.get("governor", machine.governor);
  from.get("clock_source", machine.clock_source);
  from.get("cpus", machine.cpus);
  from.get("memory_bytes", machine.memory_bytes);
  from.get("clock_read_cost_ns", machine.clock_read_cost);
  from.get("clock_granularity_ns", machine.clock_granularity);
}

void read_queue(ObjectReader from, RunDocument& run) {
  if (!from) {
    return;
  }
  from.get("name", run.queue_name);
  from.get("version", run.queue_version);
  ObjectReader guarantee = from.object("guarantee");
  guarantee.get("producer", run.producer_guarantee);
  guarantee.get("consumer", run.consumer_guarantee);
  guarantee.get("producer_words", run.producer_guarantee_words);
  guarantee.get("consumer_words", run.consumer_guarantee_words);
  from.get("traits", run.queue_traits);
  from.get("effective_settings", run.effective_settings);
  from.get("emulated", run.emulated);
  from.get_if_there("foreign_messages", run.foreign_messages);
}

/// Model, callers, pacing and stamps are the scenario's.
void read_traffic(ObjectReader from, RunDocument& run) {
  std::optional<std::uint64_t> in_flight;
  std::optional<std::uint64_t> held;
  from.get("peak_in_flight", in_flight);
  from.get("peak_held", held);
  if (in_flight && held) {
    run.caller_peaks = {*in_flight, *held};
  }
}

/// Seconds that become a Duration: finite, and inside what 64 bits of nanoseconds hold.
constexpr double duration_limit_s = 9.2e9;

void read_backlog(ObjectReader from, RunDocument& run) {
  if (!from) {
    return;
  }
  Backlog& backlog = run.backlog.emplace();
  from.get("peak", backlog.peak);
  from.get("end", backlog.end);
  from.get("growth_per_s", backlog.growth_per_s);
  from.get("growth_per_s_error", backlog.growth_per_s_error);
  from.get("oldest_age_ns", backlog.oldest_age);
  std::optional<double> drain;
  from.get("drain_s", drain);
  if (drain && !(*drain >= 0.0 && *drain < duration_limit_s)) {
    from.fail("drain_s", "is out of range");
  } else if (drain) {
    backlog.drain = from_seconds(*drain);
  }
  from.get("forecast", backlog.forecast);
}

void read_troubles(ObjectReader& workers, RunDocument& run) {
  WorkerTroubles troubles;
  bool observed = false;
  for (const auto& [name, member] : result_members::worker_troubles) {
    std::optional<std::uint64_t> value;
    workers.get_if_there(name, value);
    troubles.*member = value.value_or(0);
    observed = observed || value.has_value();
  }
  if (observed) {
    run.worker_troubles = troubles;
  }
}

void read_host(ObjectReader from, HostStrain& host) {
  from.get("steal", host.steal);
  ObjectReader pressure = from.object("pressure");
  pressure.get("cpu", host.cpu_stalled);
  pressure.get("memory", host.memory_stalled);
  pressure.get("io", host.io_stalled);
}

void read_parts(ObjectReader& root, RunDocument& run) {
  ObjectReader workers = root.object("workers");
  workers.get("count", run.worker_count);
  workers.get("busy", run.workers_busy);
  workers.get("needed", run.workers_needed);
  read_troubles(workers, run);

  ObjectReader backend = root.object("backend");
  backend.get("slots", run.backend_slots);
  backend.get("busy", run.backend_busy);
  backend.get("served", run.backend_served);
  backend.get("wasted", run.backend_wasted);
  backend.get("mean_service_s", run.backend_mean_service_s);
  if (ObjectReader connections = backend.object_if_there("connections")) {
    ConnectionUse& use = run.connections.emplace();
    connections.get("used", use.used);
    connections.get("passed_over", use.passed_over);
    connections.get("answers", use.answers);
    connections.get_if_there("opened_before", use.opened_before);
    connections.get_if_there("opened_before_s", use.opened_before_seconds);
  }

  json_fields::Pairs texts;
  root.get("busy_text", texts);
  ObjectReader busy = root.object("busy");
  for (auto& [part, text] : texts) {
    PartBusy& out = run.busy.emplace_back();
    out.part = part;
    out.text = text;
    busy.get(part, out.busy);
  }
  root.get("limiting_part", run.limiting_part);
}

void read_front(ObjectReader from, std::optional<FrontResult>& out) {
  if (!from) {
    return;
  }
  FrontResult& front = out.emplace();
  for (const auto& [name, member] : result_members::front_counts) {
    from.get(name, front.*member);
  }
  from.get("mean_poll_s", front.mean_poll_s);
}

void read_cost(ObjectReader from, RunDocument& run) {
  from.get("cpu_us_per_call", run.cpu_us_per_call);
  from.get("max_rss_bytes", run.max_rss_bytes);
  from.get("allocations", run.allocations);
  for (ObjectReader& in : from.objects("roles")) {
    RoleCost& role = run.roles.emplace_back();
    in.get("role", role.role);
    in.get("threads", role.threads);
    in.get("cpu_seconds", role.cpu_seconds);
    in.get("run_queue_delay_seconds", role.run_queue_delay_seconds);
    in.get("busiest_thread_cpu", role.busiest_thread_cpu);
    in.get("busiest_thread_delay", role.busiest_thread_delay);
    in.get("voluntary_switches", role.voluntary_switches);
    in.get("involuntary_switches", role.involuntary_switches);
  }
}

void read_validity(ObjectReader from, Validity& validity) {
  using V = Validity::Verdict;
  using C = Check::Verdict;
  get_enum(from, "verdict", std::array{V::valid, V::suspect, V::invalid}, validity.verdict);
  for (ObjectReader& in : from.objects("checks")) {
    Check& check = validity.checks.emplace_back();
    in.get("id", check.id);
    in.get("name", check.name);
    in.get("value", check.value);
    in.get("limit", check.limit);
    get_enum(in, "verdict", std::array{C::pass, C::warn, C::fail, C::not_applicable},
             check.verdict);
    in.get("note", check.note);
  }
}

void read_evidence(ObjectReader from, RunDocument& run) {
  ObjectReader arrivals = from.object("arrivals");
  arrivals.get("planned_in_window", run.arrivals.planned_in_window);
  arrivals.get("offered_in_window", run.arrivals.offered_in_window);
  ObjectReader flow = from.object("flow");
  flow.get("in_system_time_average", run.flow.in_system_time_average);
  flow.get("completed_in_window", run.flow.completed_in_window);
  flow.get("mean_time_in_system_s", run.flow.mean_time_in_system_s);
  flow.get("edge_s", run.flow.edge_s);
  flow.get("at_window_start", run.flow.at_window_start);
  flow.get("at_window_end", run.flow.at_window_end);
  if (ObjectReader in = from.object_if_there("loop")) {
    LoopEvidence& loop = run.loop.emplace();
    in.get("callers", loop.callers);
    in.get("cycles", loop.cycles);
    in.get("mean_response_s", loop.mean_response_s);
    in.get("mean_think_s", loop.mean_think_s);
    in.get("edge_s", loop.edge_s);
  }
  ObjectReader clock = from.object("clock");
  clock.get("negative_spans", run.clock.negative_spans);
  clock.get("over_range", run.clock.over_range);
  for (ObjectReader& in : from.objects("seconds")) {
    SecondBin& bin = run.seconds.emplace_back();
    in.get("planned", bin.planned);
    in.get("offered", bin.offered);
    in.get("completed", bin.completed);
    in.get("completion_p50_ns", bin.completion_p50);
    in.get("backlog", bin.backlog);
  }
}

void read_scenario_member(ObjectReader& root, RunDocument& run) {
  root.get("scenario_hash", run.scenario_hash);
  std::string toml;
  root.get("scenario", toml);
  if (!root) {
    return;
  }
  ScenarioReading reading = read_scenario(toml, "scenario");
  if (!reading.ok()) {
    root.fail("scenario", "cannot be read: " + reading.errors.front().sentence());
  } else if (reading.scenarios.size() != 1) {
    root.fail("scenario", "is not exactly one scenario");
  } else {
    run.scenario = std::move(reading.scenarios.front());
  }
}

}  // namespace

namespace result_members {

RunDocument run_of(ObjectReader root) {
  RunDocument run;
  std::string schema;
  root.get("schema", schema);
  if (schema != result_schema) {
    root.fail("schema", fmt::format("is \"{}\", this version reads {}", schema, result_schema));
    return run;
  }
  read_run(root.object("run"), run);
  read_machine(root.object("machine"), run.machine);
  read_scenario_member(root, run);
  read_traffic(root.object_if_there("traffic"), run);
  read_queue(root.object_or_null("queue"), run);
  ObjectReader ledger = root.object("ledger");
  read_ledger(ledger, run.ledger);
  ledger.get("balanced", run.balanced);
  ObjectReader throughput = root.object("throughput");
  throughput.get("planned_per_s", run.planned_per_s);
  throughput.get("offered_per_s", run.offered_per_s);
  throughput.get("completed_per_s", run.completed_per_s);
  throughput.get("goodput_per_s", run.goodput_per_s);
  root.get("drop_rate", run.drop_rate);
  root.get("drop_rate_max", run.drop_rate_max);
  root.get("saturated", run.saturated);
  root.get("guarantee_broken", run.guarantee_broken);
  read_latency(root.object("latency_ns"), run.latency);
  read_front(root.object_if_there("front"), run.front);
  read_backlog(root.object_or_null("backlog"), run);
  read_parts(root, run);
  for (ObjectReader& in : root.objects("findings")) {
    Finding& finding = run.findings.emplace_back();
    in.get("id", finding.id);
    in.get("text", finding.text);
  }
  read_cost(root.object("cost"), run);
  read_classes(root, run.classes);
  read_fairness(root.object_if_there("fairness"), run.fairness);
  read_host(root.object_if_there("host"), run.host);
  read_validity(root.object("validity"), run.validity);
  read_objectives(root, run.objectives);
  read_evidence(root.object("evidence"), run);
  root.get("exit_code", run.exit_code);
  return run;
}

}  // namespace result_members

Result<RunDocument> run_document_from_json(std::string_view text) {
  std::string error;
  const Json json = parse_json(text, error);
  RunDocument run = result_members::run_of({&json, "", error});
  if (!error.empty()) {
    return Error::io(fmt::format("the result cannot be read: {}", error));
  }
  return run;
}

Result<RunDocument> read_run_document(const std::string& path) {
  std::error_code ignored;
  const std::string file =
      std::filesystem::is_directory(path, ignored) ? path + "/result.json" : path;
  Result<std::string> text = json_fields::read_file(file, result_limit_bytes);
  if (!text) {
    return text.error();
  }
  Result<RunDocument> run = run_document_from_json(*text);
  if (!run) {
    return Error::io(fmt::format("{}: {}", file, run.error().what));
  }
  return run;
}

}  // namespace queuemeter
