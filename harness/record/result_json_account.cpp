// SPDX-License-Identifier: Apache-2.0
// What a run and each of its classes have in common: an account, spans, objectives.
#include "harness/record/json_fields.hpp"
#include "harness/record/result_members.hpp"

namespace queuemeter::result_members {

using json_fields::nanoseconds;
using json_fields::ObjectReader;

namespace {

Json summary_member(const std::optional<SpanSummary>& summary) {
  if (!summary) {
    return nullptr;
  }
  Json json = Json::object(
      {{"count", summary->count}, {"min", summary->min.count()}, {"mean", summary->mean.count()}});
  for (const auto& [name, member] : result_members::percentiles) {
    json.add(name, nanoseconds((*summary).*member));
  }
  json.add("max", summary->max.count());
  json.add("over_range", summary->over_range);
  return json;
}

std::string_view sign_of(Objective::Comparison comparison) {
  for (const auto& [sign, meaning] : comparison_signs) {
    if (meaning == comparison) {
      return sign;
    }
  }
  return "";
}

Json spread_json(const std::optional<CallSpread>& spread) {
  if (!spread) {
    return nullptr;
  }
  return Json::object({{"count", spread->count},
                       {"min", spread->min},
                       {"max", spread->max},
                       {"mean", spread->mean},
                       {"jain", spread->jain}});
}

void read_spread(ObjectReader from, std::optional<CallSpread>& out) {
  if (!from) {
    return;
  }
  CallSpread& spread = out.emplace();
  from.get("count", spread.count);
  from.get("min", spread.min);
  from.get("max", spread.max);
  from.get("mean", spread.mean);
  from.get("jain", spread.jain);
}

}  // namespace

Json ledger_json(const LedgerCounts& counts) {
  Json ledger = Json::object({{"planned", counts.planned}, {"offered", counts.offered}});
  for (const Outcome outcome : all_outcomes) {
    ledger.add(to_string(outcome), counts.of(outcome));
  }
  for (const auto& [name, member] : side_counts) {
    ledger.add(name, counts.*member);
  }
  Json reasons = Json::object();
  for (std::size_t index = 1; index < reason_count; ++index) {
    const auto reason = static_cast<Reason>(index);
    if (counts.of(reason) != 0) {
      reasons.add(to_string(reason), counts.of(reason));
    }
  }
  ledger.add("reasons", std::move(reasons));
  return ledger;
}

Json latency_json(const SpanSummaries& summaries) {
  Json latency = Json::object();
  for (const Span span : all_spans) {
    latency.add(to_string(span), summary_member(summaries[static_cast<std::size_t>(span)]));
  }
  return latency;
}

Json objectives_json(const std::vector<ObjectiveResult>& results) {
  Json objectives = Json::array();
  for (const ObjectiveResult& result : results) {
    objectives.push_back(Json::object({{"metric", result.objective.metric},
                                       {"comparison", sign_of(result.objective.comparison)},
                                       {"limit", result.objective.limit},
                                       {"text", result.objective.text},
                                       {"value", result.value},
                                       {"met", result.met},
                                       {"note", result.note}}));
  }
  return objectives;
}

Json classes_json(const std::vector<ClassResult>& classes) {
  Json list = Json::array();
  for (const ClassResult& result : classes) {
    list.push_back(
        Json::object({{"name", result.name},
                      {"weight", result.weight},
                      {"ledger", ledger_json(result.ledger)},
                      {"throughput", Json::object({{"planned_per_s", result.planned_per_s},
                                                   {"completed_per_s", result.completed_per_s},
                                                   {"goodput_per_s", result.goodput_per_s}})},
                      {"drop_rate", result.drop_rate},
                      {"drop_rate_max", result.drop_rate_max},
                      {"latency_ns", latency_json(result.latency)},
                      {"objectives", objectives_json(result.objectives)}}));
  }
  return list;
}

Json fairness_json(const Fairness& fairness) {
  return Json::object(
      {{"callers", spread_json(fairness.callers)}, {"consumers", spread_json(fairness.consumers)}});
}

void read_ledger(ObjectReader& from, LedgerCounts& counts) {
  from.get("planned", counts.planned);
  from.get("offered", counts.offered);
  for (const Outcome outcome : all_outcomes) {
    from.get(to_string(outcome), counts.outcomes[static_cast<std::size_t>(outcome)]);
  }
  for (const auto& [name, member] : side_counts) {
    from.get(name, counts.*member);
  }
  ObjectReader reasons = from.object("reasons");
  for (std::size_t index = 1; index < reason_count; ++index) {
    const std::string_view name = to_string(static_cast<Reason>(index));
    if (reasons.has(name)) {
      reasons.get(name, counts.reasons[index]);
    }
  }
}

void read_latency(ObjectReader from, SpanSummaries& summaries) {
  for (const Span span : all_spans) {
    ObjectReader in = from.object_or_null(to_string(span));
    if (!in) {
      continue;
    }
    SpanSummary& summary = summaries[static_cast<std::size_t>(span)].emplace();
    in.get("count", summary.count);
    in.get("min", summary.min);
    in.get("mean", summary.mean);
    for (const auto& [name, member] : percentiles) {
      in.get(name, summary.*member);
    }
    in.get("max", summary.max);
    in.get("over_range", summary.over_range);
  }
}

void read_objectives(ObjectReader& in_object, std::vector<ObjectiveResult>& results) {
  for (ObjectReader& in : in_object.objects("objectives")) {
    ObjectiveResult& result = results.emplace_back();
    in.get("metric", result.objective.metric);
    std::string sign;
    in.get("comparison", sign);
    bool known = false;
    for (const auto& [text, meaning] : comparison_signs) {
      if (text == sign) {
        result.objective.comparison = meaning;
        known = true;
      }
    }
    if (!known) {
      in.fail("comparison", "is none of <, <=, >, >=");
    }
    in.get("limit", result.objective.limit);
    in.get("text", result.objective.text);
    in.get("value", result.value);
    in.get("met", result.met);
    in.get("note", result.note);
  }
}

void read_classes(ObjectReader& root, std::vector<ClassResult>& classes) {
  for (ObjectReader& in : root.objects("classes")) {
    ClassResult& result = classes.emplace_back();
    in.get("name", result.name);
    in.get("weight", result.weight);
    ObjectReader ledger = in.object("ledger");
    read_ledger(ledger, result.ledger);
    ObjectReader throughput = in.object("throughput");
    throughput.get("planned_per_s", result.planned_per_s);
    throughput.get("completed_per_s", result.completed_per_s);
    throughput.get("goodput_per_s", result.goodput_per_s);
    in.get("drop_rate", result.drop_rate);
    in.get("drop_rate_max", result.drop_rate_max);
    read_latency(in.object("latency_ns"), result.latency);
    read_objectives(in, result.objectives);
  }
}

void read_fairness(ObjectReader from, Fairness& fairness) {
  if (!from) {
    return;
  }
  read_spread(from.object_or_null("callers"), fairness.callers);
  read_spread(from.object_or_null("consumers"), fairness.consumers);
}

}  // namespace queuemeter::result_members
