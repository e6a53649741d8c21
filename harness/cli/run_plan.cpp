// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/run_plan.hpp"

#include "harness/cli/without_passwords.hpp"
#include "harness/scenario/read_scenario.hpp"
#include "harness/study/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace queuemeter::cli {

namespace {

constexpr const char* command_line_name = "command line";

bool is_url(std::string_view word) {
  return word.starts_with("http://") || word.starts_with("https://") ||
         word.starts_with("http+unix://");
}

Result<RunPlan> plan_from(ScenarioReading reading) {
  if (!reading.ok()) {
    std::vector<std::string> sentences;
    for (const ScenarioError& error : reading.errors) {
      sentences.push_back(error.sentence());
    }
    return Error::usage(fmt::format("{}", fmt::join(sentences, "\n")));
  }
  RunPlan plan;
  for (std::size_t run = 0; run < reading.scenarios.size(); ++run) {
    plan.runs.push_back(
        {without_passwords(reading.labels[run]), std::move(reading.scenarios[run])});
  }
  const std::size_t scenarios = plan.runs.size();
  const std::size_t runs = runs_in_order(plan.runs).size();
  plan.kind = runs == 1        ? RunPlan::Kind::single
              : scenarios == 1 ? RunPlan::Kind::repetition
                               : RunPlan::Kind::matrix;
  return plan;
}

bool sends_something(const std::vector<Override>& overrides) {
  return std::any_of(overrides.begin(), overrides.end(), [](const Override& given) {
    return given.first == "traffic.body" || given.first == "traffic.payload";
  });
}

/// A URL is called directly, at a modest rate, unless the options say otherwise; with --queue the
/// workers of that queue call it. It is asked as a browser asks (GET, nothing sent), unless there
/// is something to send, and a redirection is an answer as good as any.
std::vector<Override> overrides_for_url(const std::string& url, const CommandLine& line) {
  std::vector<Override> overrides{{"path.kind", line.has("--queue") ? "queued" : "direct"},
                                  {"backend.kind", "http"},
                                  {"backend.url", url},
                                  {"backend.expect.status", "2xx,3xx"},
                                  {"run.measure", "10s"}};
  const std::vector<Override> given_ones = line.overrides();
  if (!sends_something(given_ones)) {
    overrides.emplace_back("backend.method", "GET");
    overrides.emplace_back("traffic.payload", "0B");
  }
  if (!line.has("--callers")) {
    overrides.emplace_back("traffic.rate", "1k/s");
  }
  overrides.insert(overrides.end(), given_ones.begin(), given_ones.end());
  return overrides;
}

}  // namespace

std::string_view to_string(RunPlan::Kind kind) noexcept {
  switch (kind) {
    case RunPlan::Kind::comparison:
      return "comparison";
    case RunPlan::Kind::single:
      return "single";
    case RunPlan::Kind::matrix:
      return "matrix";
    case RunPlan::Kind::repetition:
      return "repetition";
  }
  return "";
}

Result<RunPlan> plan_runs(const CommandLine& line) {
  const std::vector<Override> overrides = line.overrides();
  if (line.words.empty()) {
    if (overrides.empty()) {
      return RunPlan{.kind = RunPlan::Kind::comparison, .runs = default_comparison()};
    }
    return plan_from(read_scenario("", command_line_name, overrides));
  }
  const std::string& word = line.words.front();
  if (is_url(word)) {
    return plan_from(read_scenario("", command_line_name, overrides_for_url(word, line)));
  }
  return plan_from(read_scenario_file(word, overrides));
}

}  // namespace queuemeter::cli
