// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_traffic.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/scenario/read_http.hpp"
#include "harness/scenario/read_objectives.hpp"
#include "harness/scenario/setting_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_stages = 1'000;
constexpr std::uint64_t largest_burst = 10'000'000;
constexpr double largest_weight = 1e6;
constexpr std::size_t longest_name = 32;
constexpr std::string_view replay_prefix = "replay:";

Stage read_stage(const TableReader& reader) {
  constexpr std::array<std::pair<std::string_view, Stage::Kind>, 5> kinds{
      {{"rate", Stage::Kind::hold},
       {"ramp_to", Stage::Kind::ramp},
       {"step_to", Stage::Kind::step},
       {"burst", Stage::Kind::burst},
       {"sine", Stage::Kind::sine}}};
  Stage stage;
  std::size_t given = 0;
  for (const auto& [key, kind] : kinds) {
    if (reader.has(key)) {
      stage.kind = kind;
      ++given;
    }
  }
  for (const std::string_view key : {"rate", "ramp_to", "step_to"}) {
    reader.rate(key, stage.rate);
  }
  reader.count("burst", stage.calls, {1, largest_burst});
  Swing swing{stage.rate, stage.peak};
  reader.parsed("sine", swing, parse_swing);
  if (stage.kind == Stage::Kind::sine) {
    stage.rate = swing.least;
    stage.peak = swing.most;
  }
  reader.time("period", stage.period, {0s, 168h, true});
  reader.time("for", stage.length, {0s, 168h, true});
  if (given != 1) {
    reader.fail("", fmt::format("a stage needs one of rate, ramp_to, step_to, burst and sine, "
                                "this one has {}",
                                given == 0 ? "none" : "several"));
    return stage;
  }
  const bool has_length = stage.kind != Stage::Kind::burst;
  if (has_length && !reader.has("for")) {
    reader.fail("for", R"(a stage needs its length; add for = "5s")");
  } else if (!has_length && reader.has("for")) {
    reader.fail("for", "a burst is one instant and has no length; remove it, and add a stage");
  }
  const bool has_period = stage.kind == Stage::Kind::sine;
  if (has_period && !reader.has("period")) {
    reader.fail("period", R"(a sine needs the time of one swing; add period = "60s")");
  } else if (!has_period && reader.has("period")) {
    reader.fail("period", "only a sine has a period; remove it");
  }
  return stage;
}

/// The rate at which a stage begins that knows it itself; a ramp and a burst begin at the rate
/// before them.
std::optional<Rate> first_rate(const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::hold:
    case Stage::Kind::step:
      return stage.rate;
    case Stage::Kind::sine:
      return Rate::per_second((stage.rate.calls_per_second() + stage.peak.calls_per_second()) /
                              2.0);
    case Stage::Kind::ramp:
    case Stage::Kind::burst:
      return std::nullopt;
  }
  return std::nullopt;
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
  const auto begins_at = first_rate(traffic.stages.front());
  if (!begins_at) {
    if (!reader.has("rate")) {
      reader.fail(
          "stages",
          fmt::format(R"(a first {} needs to know where it starts; add rate = "1k/s")",
                      traffic.stages.front().kind == Stage::Kind::ramp ? "ramp_to" : "burst"));
    }
    return;
  }
  if (reader.has("rate") && traffic.rate != *begins_at) {
    reader.fail("rate", fmt::format("it is {}, but the first of the stages is {}; give only one",
                                    format_rate(traffic.rate), format_rate(*begins_at)));
  }
  traffic.rate = *begins_at;
}

Result<std::pair<Arrivals, std::string>> parse_arrivals(std::string_view text) {
  if (text.starts_with(replay_prefix)) {
    const std::string_view file = text.substr(replay_prefix.size());
    if (file.empty() || file.find('\0') != std::string_view::npos) {
      return Error::usage("replay names no file; write it like replay:trace.csv");
    }
    return std::pair{Arrivals::replay, std::string{file}};
  }
  for (const Arrivals one : {Arrivals::constant, Arrivals::poisson}) {
    if (text == to_string(one)) {
      return std::pair{one, std::string{}};
    }
  }
  return Error::usage(
      fmt::format("{} is not known; use constant or poisson or replay:FILE", in_quotes(text)));
}

void read_deadline(const TableReader& reader, std::optional<Distribution>& deadline) {
  if (!reader.has("deadline")) {
    return;
  }
  Distribution given = Distribution::constant(1s);
  reader.parsed("deadline", given, Distribution::parse);
  if (given.mean() <= Duration{0}) {
    reader.fail("deadline", "0s is out of range; it must be above 0s and 24h at the most");
  } else {
    deadline = given;
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                  (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
         });
}

TrafficClass read_class(const TableReader& reader, const TrafficSettings& traffic) {
  TrafficClass one;
  one.payload = traffic.payload;
  one.deadline = traffic.deadline;
  one.name.clear();
  reader.require("name", R"(add name = "page")");
  reader.text("name", one.name);
  if (!one.name.empty() && !is_name(one.name)) {
    reader.fail("name", fmt::format("{} is not a name; use {} letters, digits, _ and - at the most",
                                    in_quotes(one.name), longest_name));
  }
  reader.number("weight", one.weight, largest_weight);
  reader.parsed("payload", one.payload, SizeDistribution::parse);
  read_deadline(reader, one.deadline);
  std::uint64_t priority = one.priority;
  reader.count("priority", priority, {0, 255});
  one.priority = static_cast<std::uint8_t>(priority);
  one.objectives = read_objectives(reader.table("objectives"));
  return one;
}

void read_classes(const TableReader& reader, TrafficSettings& traffic) {
  const auto tables = reader.tables("class");
  if (tables.size() > most_classes) {
    reader.fail("class", fmt::format("{} classes are too many; use {} at the most", tables.size(),
                                     most_classes));
    return;
  }
  for (const TableReader& table : tables) {
    TrafficClass one = read_class(table, traffic);
    const bool twice =
        std::any_of(traffic.classes.begin(), traffic.classes.end(),
                    [&](const TrafficClass& other) { return other.name == one.name; });
    if (twice && !one.name.empty()) {
      table.fail("name", fmt::format("{} is the name of two classes; give each its own",
                                     in_quotes(one.name)));
    }
    traffic.classes.push_back(std::move(one));
  }
}

}  // namespace

TrafficSettings read_traffic(const TableReader& reader) {
  TrafficSettings traffic;
  reader.word("model", traffic.model,
              {{"open", TrafficModel::open},
               {"closed", TrafficModel::closed},
               {"half_open", TrafficModel::half_open},
               {"saturate", TrafficModel::saturate}});
  std::pair<Arrivals, std::string> arrivals{traffic.arrivals, ""};
  reader.parsed("arrivals", arrivals, parse_arrivals);
  std::tie(traffic.arrivals, traffic.replay_file) = std::move(arrivals);
  reader.rate("rate", traffic.rate);
  read_stages(reader, traffic);
  reader.count("callers", traffic.callers, {1, 10'000'000});
  reader.parsed("think", traffic.think, Distribution::parse);
  reader.time("ramp", traffic.ramp, {0s, 24h});
  reader.count("session", traffic.session, {1, 1'000'000});
  reader.time("reply_timeout", traffic.reply_timeout, {0s, 24h, true});
  reader.count("caller_limit", traffic.caller_limit, {1, 10'000'000});
  reader.parsed("payload", traffic.payload, SizeDistribution::parse);
  traffic.request = read_http_request(reader);
  read_deadline(reader, traffic.deadline);
  reader.count("offerers", traffic.offerers, {1, 8});
  read_classes(reader, traffic);
  return traffic;
}

}  // namespace queuemeter
