// SPDX-License-Identifier: Apache-2.0
#include "harness/record/tick_json.hpp"

#include "harness/record/json_fields.hpp"
#include "harness/record/result_members.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

using json_fields::nanoseconds;
using json_fields::ObjectReader;

constexpr std::uint64_t ticks_limit_bytes = 1ULL << 30U;

void add_unless_zero(Json& object, std::string_view key, std::int64_t count) {
  if (count != 0) {
    object.add(key, count);
  }
}

Json counts_of(const LedgerCounts& counts) {
  Json json = Json::object();
  add_unless_zero(json, "planned", counts.planned);
  add_unless_zero(json, "offered", counts.offered);
  for (const Outcome outcome : all_outcomes) {
    add_unless_zero(json, to_string(outcome), counts.of(outcome));
  }
  for (const auto& [name, member] : result_members::side_counts) {
    add_unless_zero(json, name, counts.*member);
  }
  Json reasons = Json::object();
  for (std::size_t index = 1; index < reason_count; ++index) {
    const auto reason = static_cast<Reason>(index);
    add_unless_zero(reasons, to_string(reason), counts.of(reason));
  }
  if (reasons != Json::object()) {
    json.add("reasons", std::move(reasons));
  }
  return json;
}

Json gauges_of(const Gauges& gauges) {
  return Json::object({{"in_flight", gauges.in_flight},
                       {"backlog", gauges.backlog},
                       {"oldest_age_ns", nanoseconds(gauges.oldest_age)},
                       {"workers_busy", gauges.workers_busy},
                       {"generator_cpu", gauges.generator_cpu},
                       {"process_cpu", gauges.process_cpu},
                       {"lateness_max_ns", gauges.lateness_max.count()}});
}

Json buckets_of(const CoarseDelta& delta) {
  Json buckets = Json::array();
  for (const auto& [bucket, samples] : delta) {
    buckets.push_back(Json::array({bucket, samples}));
  }
  return buckets;
}

void get_if_present(ObjectReader& from, std::string_view key, std::int64_t& out) {
  if (from.has(key)) {
    from.get(key, out);
  }
}

void read_counts(ObjectReader from, LedgerCounts& counts) {
  get_if_present(from, "planned", counts.planned);
  get_if_present(from, "offered", counts.offered);
  for (const Outcome outcome : all_outcomes) {
    get_if_present(from, to_string(outcome), counts.outcomes[static_cast<std::size_t>(outcome)]);
  }
  for (const auto& [name, member] : result_members::side_counts) {
    get_if_present(from, name, counts.*member);
  }
  if (!from.has("reasons")) {
    return;
  }
  ObjectReader reasons = from.object("reasons");
  for (std::size_t index = 1; index < reason_count; ++index) {
    get_if_present(reasons, to_string(static_cast<Reason>(index)), counts.reasons[index]);
  }
}

void read_gauges(ObjectReader from, Gauges& gauges) {
  from.get("in_flight", gauges.in_flight);
  from.get("backlog", gauges.backlog);
  from.get("oldest_age_ns", gauges.oldest_age);
  from.get("workers_busy", gauges.workers_busy);
  from.get("generator_cpu", gauges.generator_cpu);
  from.get("process_cpu", gauges.process_cpu);
  from.get("lateness_max_ns", gauges.lateness_max);
}

void read_buckets(ObjectReader& from, std::string_view key, CoarseDelta& delta) {
  const Json::Array* list = from.array(key);
  if (list == nullptr) {
    return;
  }
  for (const Json& element : *list) {
    const Json::Array* pair = element.if_array();
    const bool two = pair != nullptr && pair->size() == 2;
    const auto bucket = two ? pair->front().whole_number() : std::nullopt;
    const auto samples = two ? pair->back().whole_number() : std::nullopt;
    if (!bucket || !samples || !std::in_range<std::uint32_t>(*bucket)) {
      from.fail(key, "holds something that is no pair of bucket and samples");
      return;
    }
    delta.emplace_back(static_cast<std::uint32_t>(*bucket), *samples);
  }
}

}  // namespace

std::string to_json_line(const Tick& tick) {
  Json counts = Json::object();
  for (std::size_t index = 0; index < phase_count; ++index) {
    if (tick.counts[index] != LedgerCounts{}) {
      counts.add(to_string(static_cast<Phase>(index)), counts_of(tick.counts[index]));
    }
  }
  Json json = Json::object({{"schema", tick_schema},
                            {"number", tick.number},
                            {"from_ns", to_nanoseconds(tick.from)},
                            {"to_ns", to_nanoseconds(tick.to)},
                            {"stage", tick.stage},
                            {"counts", std::move(counts)},
                            {"gauges", gauges_of(tick.gauges)},
                            {"completion", buckets_of(tick.completion)}});
  if (!tick.spans.empty()) {
    Json spans = Json::object();
    for (const auto& [span, delta] : tick.spans) {
      spans.add(to_string(span), buckets_of(delta));
    }
    json.add("spans", std::move(spans));
  }
  return json.line();
}

Result<Tick> tick_from_json(std::string_view line) {
  std::string error;
  const Json json = parse_json(line, error);
  Tick tick;
  ObjectReader root{&json, "", error};
  std::string schema;
  root.get("schema", schema);
  if (schema != tick_schema) {
    root.fail("schema", fmt::format("is \"{}\", this version reads {}", schema, tick_schema));
  }
  root.get("number", tick.number);
  Duration from{0};
  Duration to{0};
  root.get("from_ns", from);
  root.get("to_ns", to);
  tick.from = Instant{from};
  tick.to = Instant{to};
  root.get("stage", tick.stage);
  ObjectReader counts = root.object("counts");
  for (std::size_t index = 0; index < phase_count; ++index) {
    const std::string_view phase = to_string(static_cast<Phase>(index));
    if (counts.has(phase)) {
      read_counts(counts.object(phase), tick.counts[index]);
    }
  }
  read_gauges(root.object("gauges"), tick.gauges);
  read_buckets(root, "completion", tick.completion);
  if (root.has("spans")) {
    ObjectReader spans = root.object("spans");
    for (const Span span : all_spans) {
      if (spans.has(to_string(span))) {
        auto& [name, delta] = tick.spans.emplace_back();
        name = span;
        read_buckets(spans, to_string(span), delta);
      }
    }
  }
  if (!error.empty()) {
    return Error::io(fmt::format("the tick cannot be read: {}", error));
  }
  return tick;
}

Result<TickReading> read_ticks(const std::string& path) {
  const Result<std::string> file = json_fields::read_file(path, ticks_limit_bytes);
  if (!file) {
    return file.error();
  }
  TickReading reading;
  std::string_view rest = *file;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      reading.cut = true;
      break;
    }
    Result<Tick> tick = tick_from_json(rest.substr(0, end));
    if (!tick) {
      return Error::io(fmt::format("{}:{}: {}", path, line, tick.error().what));
    }
    reading.ticks.push_back(std::move(*tick));
    rest.remove_prefix(end + 1);
  }
  return reading;
}

}  // namespace queuemeter
