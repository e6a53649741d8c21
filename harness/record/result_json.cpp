// SPDX-License-Identifier: Apache-2.0
#include "harness/record/result_json.hpp"

#include "harness/record/json_fields.hpp"
#include "harness/record/result_members.hpp"

namespace queuemeter {
namespace {

using json_fields::nanoseconds;
using json_fields::object_of;
using json_fields::text_or_null;

Json run_member(const RunDocument& run) {
  return Json::object(
      {{"id", run.id},
       {"started_at", run.started_at},
       {"label", run.label},
       {"repetition", run.repetition},
       {"phase_seconds", Json::object({{"warm_up", run.warm_up_seconds},
                                       {"measure", run.measure_seconds},
                                       {"drain", run.drain_seconds},
                                       {"sweep", run.sweep_seconds}})},
       {"complete", run.complete},
       {"interrupted", run.interrupted},
       {"altered", run.altered},
       {"version", run.build.version},
       {"commit", run.build.commit},
       {"build", Json::object({{"preset", run.build.preset}, {"compiler", run.build.compiler}})}});
}

Json machine_member(const Machine& machine) {
  return Json::object({{"host", machine.host},
                       {"kernel", machine.kernel},
                       {"cpu_model", machine.cpu_model},
                       {"architecture", machine.architecture},
                       {"governor", machine.governor},
                       {"clock_source", machine.clock_source},
                       {"cpus", machine.cpus},
                       {"memory_bytes", machine.memory_bytes},
                       {"clock_read_cost_ns", machine.clock_read_cost.count()},
                       {"clock_granularity_ns", machine.clock_granularity.count()}});
}

Json queue_member(const RunDocument& run) {
  if (run.queue_name.empty()) {
    return nullptr;
  }
  Json emulated = Json::array();
  for (const std::string& ability : run.emulated) {
    emulated.push_back(ability);
  }
  return Json::object(
      {{"name", run.queue_name},
       {"version", run.queue_version},
       {"guarantee", Json::object({{"producer", run.producer_guarantee},
                                   {"consumer", run.consumer_guarantee},
                                   {"producer_words", run.producer_guarantee_words},
                                   {"consumer_words", run.consumer_guarantee_words}})},
       {"traits", object_of(run.queue_traits)},
       {"effective_settings", object_of(run.effective_settings)},
       {"emulated", std::move(emulated)},
       {"foreign_messages", run.foreign_messages}});
}

/// What makes a run's numbers of a different kind: who decides when a call comes, and what an
/// instant is worth.
Json traffic_member(const RunDocument& run) {
  const TrafficSettings& traffic = run.scenario.traffic;
  const std::optional<CallerPeaks>& peaks = run.caller_peaks;
  return Json::object(
      {{"model", to_string(traffic.model)},
       {"callers", traffic.model == TrafficModel::closed ? Json(traffic.callers) : Json()},
       {"pacing", pacing_text(run.scenario.run.pacing)},
       {"stamps", to_string(run.scenario.queue.stamps)},
       {"peak_in_flight", peaks ? Json(peaks->in_flight) : Json()},
       {"peak_held", peaks ? Json(peaks->held) : Json()}});
}

Json backlog_member(const std::optional<Backlog>& backlog) {
  if (!backlog) {
    return nullptr;
  }
  return Json::object({{"peak", backlog->peak},
                       {"end", backlog->end},
                       {"growth_per_s", backlog->growth_per_s},
                       {"growth_per_s_error", backlog->growth_per_s_error},
                       {"oldest_age_ns", backlog->oldest_age.count()},
                       {"drain_s", backlog->drain ? Json(to_seconds(*backlog->drain)) : Json()},
                       {"forecast", backlog->forecast}});
}

Json workers_member(const RunDocument& run) {
  Json workers = Json::object({{"kind", to_string(run.scenario.workers.kind)},
                               {"count", run.worker_count},
                               {"busy", run.workers_busy},
                               {"needed", run.workers_needed}});
  for (const auto& [name, member] : result_members::worker_troubles) {
    const std::optional<WorkerTroubles>& troubles = run.worker_troubles;
    workers.add(name, troubles ? Json((*troubles).*member) : Json());
  }
  return workers;
}

Json host_member(const HostStrain& host) {
  return Json::object({{"steal", host.steal},
                       {"pressure", Json::object({{"cpu", host.cpu_stalled},
                                                  {"memory", host.memory_stalled},
                                                  {"io", host.io_stalled}})}});
}

Json connections_member(const std::optional<ConnectionUse>& use) {
  if (!use) {
    return nullptr;
  }
  return Json::object({{"used", use->used},
                       {"passed_over", use->passed_over},
                       {"answers", use->answers},
                       {"opened_before", use->opened_before},
                       {"opened_before_s", use->opened_before_seconds}});
}

Json backend_member(const RunDocument& run) {
  return Json::object({{"slots", run.backend_slots},
                       {"busy", run.backend_busy},
                       {"served", run.backend_served},
                       {"wasted", run.backend_wasted},
                       {"mean_service_s", run.backend_mean_service_s},
                       {"connections", connections_member(run.connections)}});
}

Json front_member(const RunDocument& run) {
  if (!run.front) {
    return nullptr;
  }
  Json front = Json::object({{"completion", to_string(run.scenario.path.site.completion)}});
  for (const auto& [name, member] : result_members::front_counts) {
    front.add(name, (*run.front).*member);
  }
  front.add("mean_poll_s", run.front->mean_poll_s);
  return front;
}

void add_busy(Json& json, const std::vector<PartBusy>& parts) {
  Json busy = Json::object();
  Json texts = Json::object();
  for (const PartBusy& part : parts) {
    busy.add(part.part, part.busy);
    texts.add(part.part, part.text);
  }
  json.add("busy", std::move(busy));
  json.add("busy_text", std::move(texts));
}

Json findings_member(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back(Json::object({{"id", finding.id}, {"text", finding.text}}));
  }
  return list;
}

Json cost_member(const RunDocument& run) {
  Json by_role = Json::object();
  Json roles = Json::array();
  std::uint64_t switches = 0;
  for (const RoleCost& role : run.roles) {
    by_role.add(role.role, role.cpu_seconds);
    switches += role.voluntary_switches + role.involuntary_switches;
    roles.push_back(Json::object({{"role", role.role},
                                  {"threads", role.threads},
                                  {"cpu_seconds", role.cpu_seconds},
                                  {"run_queue_delay_seconds", role.run_queue_delay_seconds},
                                  {"busiest_thread_cpu", role.busiest_thread_cpu},
                                  {"busiest_thread_delay", role.busiest_thread_delay},
                                  {"voluntary_switches", role.voluntary_switches},
                                  {"involuntary_switches", role.involuntary_switches}}));
  }
  return Json::object({{"cpu_s_by_role", std::move(by_role)},
                       {"cpu_us_per_call", run.cpu_us_per_call},
                       {"max_rss_bytes", run.max_rss_bytes},
                       {"context_switches", switches},
                       {"allocations", run.allocations},
                       {"roles", std::move(roles)}});
}

Json validity_member(const Validity& validity) {
  Json checks = Json::array();
  for (const Check& check : validity.checks) {
    checks.push_back(Json::object({{"id", check.id},
                                   {"name", check.name},
                                   {"value", check.value},
                                   {"limit", check.limit},
                                   {"verdict", to_string(check.verdict)},
                                   {"note", check.note}}));
  }
  return Json::object({{"verdict", to_string(validity.verdict)}, {"checks", std::move(checks)}});
}

Json loop_member(const std::optional<LoopEvidence>& loop) {
  if (!loop) {
    return nullptr;
  }
  return Json::object({{"callers", loop->callers},
                       {"cycles", loop->cycles},
                       {"mean_response_s", loop->mean_response_s},
                       {"mean_think_s", loop->mean_think_s},
                       {"edge_s", loop->edge_s}});
}

Json evidence_member(const RunDocument& run) {
  Json seconds = Json::array();
  for (const SecondBin& bin : run.seconds) {
    seconds.push_back(Json::object({{"planned", bin.planned},
                                    {"offered", bin.offered},
                                    {"completed", bin.completed},
                                    {"completion_p50_ns", nanoseconds(bin.completion_p50)},
                                    {"backlog", bin.backlog}}));
  }
  return Json::object(
      {{"arrivals", Json::object({{"planned_in_window", run.arrivals.planned_in_window},
                                  {"offered_in_window", run.arrivals.offered_in_window}})},
       {"flow", Json::object({{"in_system_time_average", run.flow.in_system_time_average},
                              {"completed_in_window", run.flow.completed_in_window},
                              {"mean_time_in_system_s", run.flow.mean_time_in_system_s},
                              {"edge_s", run.flow.edge_s},
                              {"at_window_start", run.flow.at_window_start},
                              {"at_window_end", run.flow.at_window_end}})},
       {"loop", loop_member(run.loop)},
       {"clock", Json::object({{"negative_spans", run.clock.negative_spans},
                               {"over_range", run.clock.over_range}})},
       {"seconds", std::move(seconds)}});
}

}  // namespace

std::string to_json(const RunDocument& run) { return result_members::json_of(run).page(); }

namespace result_members {

Json json_of(const RunDocument& run) {
  Json json = Json::object({{"schema", result_schema}});
  json.add("run", run_member(run));
  json.add("machine", machine_member(run.machine));
  json.add("scenario_hash", run.scenario_hash);
  json.add("scenario", to_toml(run.scenario));
  json.add("traffic", traffic_member(run));
  json.add("queue", queue_member(run));
  Json ledger = ledger_json(run.ledger);
  ledger.add("balanced", run.balanced);
  json.add("ledger", std::move(ledger));
  json.add("throughput", Json::object({{"planned_per_s", run.planned_per_s},
                                       {"offered_per_s", run.offered_per_s},
                                       {"completed_per_s", run.completed_per_s},
                                       {"goodput_per_s", run.goodput_per_s}}));
  json.add("drop_rate", run.drop_rate);
  json.add("drop_rate_max", run.drop_rate_max);
  json.add("saturated", run.saturated);
  json.add("guarantee_broken", run.guarantee_broken);
  json.add("latency_ns", latency_json(run.latency));
  json.add("front", front_member(run));
  json.add("backlog", backlog_member(run.backlog));
  json.add("workers", workers_member(run));
  json.add("backend", backend_member(run));
  add_busy(json, run.busy);
  json.add("limiting_part", text_or_null(run.limiting_part));
  json.add("classes", classes_json(run.classes));
  json.add("fairness", fairness_json(run.fairness));
  json.add("findings", findings_member(run.findings));
  json.add("cost", cost_member(run));
  json.add("host", host_member(run.host));
  json.add("validity", validity_member(run.validity));
  json.add("objectives", objectives_json(run.objectives));
  json.add("evidence", evidence_member(run));
  json.add("exit_code", run.exit_code);
  return json;
}

}  // namespace result_members
}  // namespace queuemeter
