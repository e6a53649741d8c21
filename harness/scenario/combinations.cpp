// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/combinations.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/scenario/objective.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace queuemeter {
namespace {

void check_path(const PathSettings& path, const TableReader& reader) {
  if (path.kind == PathKind::direct && path.reply == ReplyKind::none) {
    reader.fail(reader.has("reply") ? "reply" : "kind",
                R"(the direct path is its reply, so reply = "none" cannot be measured; use )"
                R"(reply = "memory", or path.kind = "queued")");
  }
}

void check_backend(const BackendSettings& backend, const TableReader& reader) {
  constexpr std::string_view scheme = "http://";
  if (backend.kind != BackendSettings::Kind::http) {
    if (!backend.url.empty()) {
      reader.fail("url", fmt::format(R"(only kind = "http" calls a URL, and kind is "{}"; set )"
                                     R"(kind = "http" or remove it)",
                                     to_string(backend.kind)));
    }
    return;
  }
  if (backend.url.empty()) {
    reader.fail("url", R"(kind = "http" needs a URL; add url = "http://127.0.0.1:8080/")");
  } else if (!backend.url.starts_with(scheme) || backend.url.size() == scheme.size() ||
             backend.url.find_first_of(" \t\r\n") != std::string::npos) {
    reader.fail("url", fmt::format("{} is not a URL that can be called; write it like "
                                   "http://127.0.0.1:8080/slow",
                                   in_quotes(backend.url)));
  }
}

void check_objectives(const std::vector<Objective>& objectives, const TableReader& reader) {
  const auto latency = std::find_if(objectives.begin(), objectives.end(), [](const Objective& one) {
    return is_latency_metric(one.metric);
  });
  // Also one that could not be read stands for itself.
  if (latency != objectives.end() && !reader.has("drop_rate")) {
    reader.fail(latency->metric,
                R"(an objective on latency needs one on drops, or a run that drops its slow calls )"
                R"(meets it; add drop_rate = "< 0.1%")");
  }
}

void check_faults(const Scenario& scenario, const TableReader& root) {
  const auto tables = root.tables("fault");
  for (std::size_t i = 0; i < scenario.faults.size() && i < tables.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    if (scenario.backend.kind == BackendSettings::Kind::http) {
      tables[i].fail("who", R"(a backend that queuemeter did not start is not frozen; use )"
                            R"(backend.kind = "managed" or "synthetic")");
    }
    if (fault.at >= scenario.run.measure) {
      tables[i].fail(
          "at", fmt::format("{} is after the end of the measured window of {}; make it "
                            "earlier, or run.measure longer",
                            to_scenario_text(fault.at), to_scenario_text(scenario.run.measure)));
    }
    if (i > 0 && fault.at < scenario.faults[i - 1].at + scenario.faults[i - 1].length) {
      tables[i].fail("at",
                     "begins before the fault above it has ended; list faults in the order "
                     "of time, one after the other");
    }
  }
}

}  // namespace

void check_combinations(const Scenario& scenario, const TomlValue& root, ErrorList& errors) {
  const TableReader reader{&root, "", errors};
  check_path(scenario.path, reader.table("path"));
  if (!errors.concerns("backend.kind") && !errors.concerns("backend.url")) {
    check_backend(scenario.backend, reader.table("backend"));
  }
  check_objectives(scenario.objectives, reader.table("objectives"));
  if (!errors.concerns("fault.at") && !errors.concerns("run.measure")) {
    check_faults(scenario, reader);
  }
}

}  // namespace queuemeter
