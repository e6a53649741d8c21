// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/run_plan.hpp"

#include "harness/cli/without_passwords.hpp"
#include "harness/scenario/read_scenario.hpp"
#include "harness/study/study.hpp"

#include <fmt/format.h>

#include <utility>

namespace queuemeter::cli {

namespace {

constexpr const char* command_line_name = "command line";

bool is_url(std::string_view word) {
  return word.starts_with("http://") || word.starts_with("https://");
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

/// A URL is called directly, at a modest rate, unless the options say otherwise; with --queue the
/// workers of that queue call it.
std::vector<Override> overrides_for_url(const std::string& url, const CommandLine& line) {
  std::vector<Override> overrides{{"path.kind", line.has("--queue") ? "queued" : "direct"},
                                  {"backend.kind", "http"},
                                  {"backend.url", url},
                                  {"run.measure", "10s"}};
  if (!line.has("--callers")) {
    overrides.emplace_back("traffic.rate", "1k/s");
  }
  for (Override& given : line.overrides()) {
    overrides.push_back(std::move(given));
  }
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
