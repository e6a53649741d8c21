// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/output_folder.hpp"
#include "harness/cli/progress_lines.hpp"
#include "harness/cli/run_plan.hpp"
#include "harness/cli/run_report.hpp"
#include "harness/record/run_folder.hpp"
#include "harness/run/run.hpp"
#include "queue_impls/catalogue.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace queuemeter::cli {

namespace {

/// What all runs of one command have in common.
struct Conduct {
  const RunPlan& plan;
  std::string folder;
  bool quiet = false;
  const std::atomic<bool>& interrupted;
};

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::string run_folder(const Conduct& conduct, std::size_t number) {
  return conduct.plan.kind == RunPlan::Kind::single
             ? conduct.folder
             : fmt::format("{}/{}", conduct.folder, number + 1);
}

void announce(const Conduct& conduct, std::size_t number) {
  const LabelledScenario& run = conduct.plan.runs[number];
  const std::size_t total = conduct.plan.runs.size();
  const std::string which = total > 1 ? fmt::format("run {} of {}: ", number + 1, total) : "";
  const std::string label = run.label.empty() ? "" : run.label + ", ";
  fmt::print(stderr, "{}{}{} to warm up, {} measured\n", which, label,
             format_duration(run.scenario.run.warm_up), format_duration(run.scenario.run.measure));
}

Result<RunDocument> conduct_one(const Conduct& conduct, std::size_t number) {
  const LabelledScenario& run = conduct.plan.runs[number];
  ProgressLines progress{[](const std::string& text) { fmt::print(stderr, "{}\n", text); }};
  const RunEnvironment environment{
      .open_queue = [](const QueueSettings& settings) { return queues::open_queue(settings); },
      .program = this_program(),
      .progress = conduct.quiet ? nullptr : &progress,
      .interrupted = &conduct.interrupted};
  if (!conduct.quiet) {
    announce(conduct, number);
  }
  return run_scenario(run.scenario, run.label, run_folder(conduct, number), environment);
}

/// Runs one after the other until one cannot be measured or somebody interrupts; what was measured
/// before stays. The error is the one that stopped it.
std::optional<Error> conduct_all(const Conduct& conduct, StudyDocument& study) {
  for (std::size_t number = 0; number < conduct.plan.runs.size(); ++number) {
    if (conduct.interrupted.load(std::memory_order_relaxed)) {
      break;
    }
    auto conducted = conduct_one(conduct, number);
    if (conducted.has_error()) {
      remove_if_empty(run_folder(conduct, number));
      return conducted.error();
    }
    RunDocument& document = conducted.value();
    if (study.runs.empty()) {
      study.started_at = document.started_at;
    }
    study.exit_code =
        to_int(combine(exit_code_from(study.exit_code), exit_code_from(document.exit_code)));
    study.runs.push_back({run_folder(conduct, number), std::move(document)});
  }
  if (conduct.interrupted.load(std::memory_order_relaxed)) {
    study.exit_code = to_int(combine(exit_code_from(study.exit_code), ExitCode::interrupted));
  }
  return std::nullopt;
}

/// Several runs leave one document about all of them beside their folders.
std::optional<Error> write_study(const Conduct& conduct, const StudyDocument& study) {
  if (conduct.plan.kind == RunPlan::Kind::single || study.runs.empty()) {
    return std::nullopt;
  }
  const auto written = write_whole_file(conduct.folder + "/study.json", to_json(study));
  return written.has_error() ? std::optional{written.error()} : std::nullopt;
}

void print_report(const Conduct& conduct, const StudyDocument& study, bool json) {
  const std::string text = json ? json_report(conduct.plan.kind, study)
                                : run_report(conduct.plan.kind, study, conduct.folder);
  std::fputs(text.c_str(), stdout);
  if (!text.ends_with('\n')) {
    std::fputc('\n', stdout);
  }
}

StudyDocument opening_study(const RunPlan& plan) {
  StudyDocument study;
  study.kind = plan.kind == RunPlan::Kind::comparison ? "comparison" : "matrix";
  study.label = plan.kind == RunPlan::Kind::comparison ? "direct against queued" : "";
  return study;
}

}  // namespace

ExitCode run_command(const CommandLine& line) {
  const auto plan = plan_runs(line);
  if (plan.has_error()) {
    return complain(plan.error());
  }
  const auto folder = open_output_folder(line.value("--out"));
  if (folder.has_error()) {
    return complain(folder.error());
  }
  const InterruptFlag interrupt;
  const Conduct conduct{plan.value(), folder.value(), line.has("--quiet"), interrupt.raised()};
  StudyDocument study = opening_study(plan.value());

  const std::optional<Error> stopped = conduct_all(conduct, study);
  const std::optional<Error> unwritten = write_study(conduct, study);
  ExitCode code = exit_code_from(study.exit_code);
  if (stopped) {
    remove_if_empty(conduct.folder);
    code = combine(code, complain(*stopped));
  } else if (!study.runs.empty()) {
    print_report(conduct, study, line.has("--json"));
  }
  return unwritten ? combine(code, complain(*unwritten)) : code;
}

}  // namespace queuemeter::cli
