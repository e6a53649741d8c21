// SPDX-License-Identifier: Apache-2.0
#include "harness/record/result_json.hpp"

#include "harness/record/json_fields.hpp"
#include "harness/record/result_members.hpp"

namespace queuemeter {
namespace {

using json_fields::Json;
using json_fields::nanoseconds;
using json_fields::number;
using json_fields::text_or_null;

Json run_member(const RunDocument& run) {
  return {{"id", run.id},
          {"started_at", run.started_at},
          {"label", run.label},
          {"phase_seconds",
           {{"warm_up", number(run.warm_up_seconds)},
            {"measure", number(run.measure_seconds)},
            {"drain", number(run.drain_seconds)},
            {"sweep", number(run.sweep_seconds)}}},
          {"complete", run.complete},
          {"interrupted", run.interrupted},
          {"altered", run.altered},
          {"version", run.build.version},
          {"commit", run.build.commit},
          {"build", {{"preset", run.build.preset}, {"compiler", run.build.compiler}}}};
}

Json machine_member(const Machine& machine) {
  return {{"host", machine.host},
          {"kernel", machine.kernel},
          {"cpu_model", machine.cpu_model},
          {"architecture", machine.architecture},
          {"governor", machine.governor},
          {"clock_source", machine.clock_source},
          {"cpus", machine.cpus},
          {"memory_bytes", machine.memory_bytes},
          {"clock_read_cost_ns", machine.clock_read_cost.count()},
          {"clock_granularity_ns", machine.clock_granularity.count()}};
}

Json queue_member(const RunDocument& run) {
  if (run.queue_name.empty()) {
    return nullptr;
  }
  return {{"name", run.queue_name},
          {"version", run.queue_version},
          {"guarantee",
           {{"producer", run.producer_guarantee},
            {"consumer", run.consumer_guarantee},
            {"producer_words", run.producer_guarantee_words},
            {"consumer_words", run.consumer_guarantee_words}}},
          {"traits", json_fields::object_of(run.queue_traits)},
          {"effective_settings", json_fields::object_of(run.effective_settings)},
          {"emulated", Json(run.emulated)}};
}

Json ledger_member(const LedgerCounts& counts, bool balanced) {
  Json ledger = {{"planned", counts.planned}, {"offered", counts.offered}};
  for (const Outcome outcome : all_outcomes) {
    ledger[std::string{to_string(outcome)}] = counts.of(outcome);
  }
  for (const auto& [name, member] : result_members::side_counts) {
    ledger[std::string{name}] = counts.*member;
  }
  Json reasons = Json::object();
  for (std::size_t index = 1; index < reason_count; ++index) {
    const auto reason = static_cast<Reason>(index);
    if (counts.of(reason) != 0) {
      reasons[std::string{to_string(reason)}] = counts.of(reason);
    }
  }
  ledger["reasons"] = std::move(reasons);
  ledger["balanced"] = balanced;
  return ledger;
}

Json latency_member(const RunDocument& run) {
  Json latency = Json::object();
  for (const Span span : all_spans) {
    const auto& summary = run.latency[static_cast<std::size_t>(span)];
    Json& out = latency[std::string{to_string(span)}];
    if (!summary) {
      continue;
    }
    out = {
        {"count", summary->count}, {"min", summary->min.count()}, {"mean", summary->mean.count()}};
    for (const auto& [name, member] : result_members::percentiles) {
      out[std::string{name}] = nanoseconds((*summary).*member);
    }
    out["max"] = summary->max.count();
    out["over_range"] = summary->over_range;
  }
  return latency;
}

Json backlog_member(const std::optional<Backlog>& backlog) {
  if (!backlog) {
    return nullptr;
  }
  return {{"peak", backlog->peak},
          {"end", backlog->end},
          {"growth_per_s", number(backlog->growth_per_s)},
          {"growth_per_s_error", number(backlog->growth_per_s_error)},
          {"oldest_age_ns", backlog->oldest_age.count()},
          {"drain_s", backlog->drain ? number(to_seconds(*backlog->drain)) : Json(nullptr)},
          {"forecast", backlog->forecast}};
}

Json backend_member(const RunDocument& run) {
  return {{"slots", number(run.backend_slots)},
          {"busy", number(run.backend_busy)},
          {"served", run.backend_served ? Json(*run.backend_served) : Json(nullptr)},
          {"wasted", run.backend_wasted ? Json(*run.backend_wasted) : Json(nullptr)},
          {"mean_service_s", number(run.backend_mean_service_s)}};
}

Json cost_member(const RunDocument& run) {
  Json by_role = Json::object();
  Json roles = Json::array();
  std::uint64_t switches = 0;
  for (const RoleCost& role : run.roles) {
    by_role[role.role] = number(role.cpu_seconds);
    switches += role.voluntary_switches + role.involuntary_switches;
    roles.push_back({{"role", role.role},
                     {"threads", role.threads},
                     {"cpu_seconds", number(role.cpu_seconds)},
                     {"run_queue_delay_seconds", number(role.run_queue_delay_seconds)},
                     {"busiest_thread_cpu", number(role.busiest_thread_cpu)},
                     {"busiest_thread_delay", number(role.busiest_thread_delay)},
                     {"voluntary_switches", role.voluntary_switches},
                     {"involuntary_switches", role.involuntary_switches}});
  }
  return {{"cpu_s_by_role", std::move(by_role)}, {"cpu_us_per_call", number(run.cpu_us_per_call)},
          {"max_rss_bytes", run.max_rss_bytes},  {"context_switches", switches},
          {"allocations", run.allocations},      {"roles", std::move(roles)}};
}

Json validity_member(const Validity& validity) {
  Json checks = Json::array();
  for (const Check& check : validity.checks) {
    checks.push_back({{"id", check.id},
                      {"name", check.name},
                      {"value", number(check.value)},
                      {"limit", number(check.limit)},
                      {"verdict", to_string(check.verdict)},
                      {"note", check.note}});
  }
  return {{"verdict", to_string(validity.verdict)}, {"checks", std::move(checks)}};
}

std::string_view sign_of(Objective::Comparison comparison) {
  for (const auto& [sign, meaning] : result_members::comparison_signs) {
    if (meaning == comparison) {
      return sign;
    }
  }
  return "";
}

Json objectives_member(const std::vector<ObjectiveResult>& results) {
  Json objectives = Json::array();
  for (const ObjectiveResult& result : results) {
    objectives.push_back({{"metric", result.objective.metric},
                          {"comparison", sign_of(result.objective.comparison)},
                          {"limit", number(result.objective.limit)},
                          {"text", result.objective.text},
                          {"value", number(result.value)},
                          {"met", result.met ? Json(*result.met) : Json(nullptr)},
                          {"note", result.note}});
  }
  return objectives;
}

Json evidence_member(const RunDocument& run) {
  Json seconds = Json::array();
  for (const SecondBin& bin : run.seconds) {
    seconds.push_back({{"planned", bin.planned},
                       {"offered", bin.offered},
                       {"completed", bin.completed},
                       {"completion_p50_ns", nanoseconds(bin.completion_p50)},
                       {"backlog", bin.backlog}});
  }
  return {{"arrivals",
           {{"planned_in_window", run.arrivals.planned_in_window},
            {"offered_in_window", run.arrivals.offered_in_window}}},
          {"flow",
           {{"in_system_time_average", number(run.flow.in_system_time_average)},
            {"completed_in_window", number(run.flow.completed_in_window)},
            {"mean_time_in_system_s", number(run.flow.mean_time_in_system_s)},
            {"at_window_start", run.flow.at_window_start},
            {"at_window_end", run.flow.at_window_end}}},
          {"clock",
           {{"negative_spans", run.clock.negative_spans}, {"over_range", run.clock.over_range}}},
          {"seconds", std::move(seconds)}};
}

}  // namespace

std::string to_json(const RunDocument& run) {
  return json_fields::text_of(result_members::json_of(run), 2) + "\n";
}

namespace result_members {

Json json_of(const RunDocument& run) {
  Json json = {{"schema", result_schema}};
  json["run"] = run_member(run);
  json["machine"] = machine_member(run.machine);
  json["scenario_hash"] = run.scenario_hash;
  json["scenario"] = to_toml(run.scenario);
  json["queue"] = queue_member(run);
  json["ledger"] = ledger_member(run.ledger, run.balanced);
  json["throughput"] = {{"planned_per_s", number(run.planned_per_s)},
                        {"offered_per_s", number(run.offered_per_s)},
                        {"completed_per_s", number(run.completed_per_s)},
                        {"goodput_per_s", number(run.goodput_per_s)}};
  json["drop_rate"] = number(run.drop_rate);
  json["drop_rate_max"] = number(run.drop_rate_max);
  json["saturated"] = run.saturated;
  json["guarantee_broken"] = run.guarantee_broken;
  json["latency_ns"] = latency_member(run);
  json["backlog"] = backlog_member(run.backlog);
  json["workers"] = {{"count", run.worker_count},
                     {"busy", number(run.workers_busy)},
                     {"needed", number(run.workers_needed)}};
  json["backend"] = backend_member(run);
  json["busy"] = Json::object();
  json["busy_text"] = Json::object();
  for (const PartBusy& part : run.busy) {
    json["busy"][part.part] = number(part.busy);
    json["busy_text"][part.part] = part.text;
  }
  json["limiting_part"] = text_or_null(run.limiting_part);
  json["classes"] = Json::array();
  json["findings"] = Json::array();
  for (const Finding& finding : run.findings) {
    json["findings"].push_back({{"id", finding.id}, {"text", finding.text}});
  }
  json["cost"] = cost_member(run);
  json["validity"] = validity_member(run.validity);
  json["objectives"] = objectives_member(run.objectives);
  json["evidence"] = evidence_member(run);
  json["exit_code"] = run.exit_code;
  return json;
}

}  // namespace result_members
}  // namespace queuemeter
