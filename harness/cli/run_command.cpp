// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/output_folder.hpp"
#include "harness/cli/progress_bar.hpp"
#include "harness/cli/progress_lines.hpp"
#include "harness/cli/run_plan.hpp"
#include "harness/cli/run_report.hpp"
#include "harness/cli/two_columns.hpp"
#include "harness/record/run_folder.hpp"
#include "harness/run/run.hpp"
#include "harness/study/study.hpp"
#include "queue_impls/catalogue.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace queuemeter::cli {

namespace {

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

void announce(const RunPlan& plan, std::size_t number) {
  const std::vector<PlannedRun> runs = runs_in_order(plan.runs);
  const LabelledScenario& run = runs[number].run;
  const std::string which =
      runs.size() > 1 ? fmt::format("run {} of {}: ", number + 1, runs.size()) : "";
  const std::string label = run.label.empty() ? "" : run.label + ", ";
  fmt::print(stderr, "{}{}{} to warm up, {} measured\n", which, label,
             format_duration(run.scenario.run.warm_up), format_duration(run.scenario.run.measure));
}

/// The progress of each run begins anew.
class ProgressOfEachRun final : public ProgressSink {
 public:
  void ticked(const Tick& tick, const Scenario& scenario) override {
    if (tick.number == 0) {
      begin();
    }
    current_->ticked(tick, scenario);
  }

  /// Takes a bar off the screen.
  void end() { current_.reset(); }

 private:
  /// A bar on a terminal, lines where somebody keeps what is written.
  void begin() {
    current_.reset();
    if (terminal_width(STDERR_FILENO)) {
      current_ = std::make_unique<ProgressBar>(
          [](const std::string& text) { fmt::print(stderr, "{}", text); },
          [] { return terminal_width(STDERR_FILENO).value_or(widest_line); });
    } else {
      current_ = std::make_unique<ProgressLines>(
          [](const std::string& text) { fmt::print(stderr, "{}\n", text); });
    }
  }

  std::unique_ptr<ProgressSink> current_;
};

/// A single run is written into `folder` itself, many into numbered folders below it.
StudyPlan study_plan(const RunPlan& plan, const std::string& folder, ProgressOfEachRun* progress) {
  const bool single = plan.kind == RunPlan::Kind::single;
  const bool comparison = plan.kind == RunPlan::Kind::comparison;
  StudyPlan study;
  study.kind = to_string(plan.kind);
  study.label = comparison ? "direct against queued" : "";
  study.runs = plan.runs;
  study.folder_of = [=](std::size_t number) {
    return single ? folder : fmt::format("{}/{}", folder, number + 1);
  };
  if (progress != nullptr) {
    study.announce = [&plan, progress](std::size_t number) {
      progress->end();
      announce(plan, number);
    };
  }
  return study;
}

/// Several runs leave one document about all of them beside their folders.
std::optional<Error> write_study(const RunPlan& plan, const std::string& folder,
                                 const StudyDocument& study) {
  if (plan.kind == RunPlan::Kind::single || study.runs.empty()) {
    return std::nullopt;
  }
  const auto written = write_whole_file(folder + "/study.json", to_json(study));
  return written.has_error() ? std::optional{written.error()} : std::nullopt;
}

void print_report(const RunPlan& plan, const std::string& folder, const StudyDocument& study,
                  bool json) {
  const std::string text =
      json ? json_report(plan.kind, study) : run_report(plan.kind, study, folder);
  std::fputs(text.c_str(), stdout);
  if (!text.ends_with('\n')) {
    std::fputc('\n', stdout);
  }
}

/// An empty folder of a run that could not start is taken back, and so is the one around it.
void remove_what_is_empty(const StudyPlan& plan, const std::string& folder) {
  for (std::size_t number = 0; number < runs_in_order(plan.runs).size(); ++number) {
    remove_if_empty(plan.folder_of(number));
  }
  remove_if_empty(folder);
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
  const bool quiet = line.has("--quiet");
  const InterruptFlag interrupt;
  ProgressOfEachRun progress;
  const RunEnvironment environment{.open_queue = queues::open_queue,
                                   .program = this_program(),
                                   .progress = quiet ? nullptr : &progress,
                                   .interrupted = &interrupt.raised(),
                                   .abort_when_failing = !line.has("--no-abort")};
  const StudyPlan study = study_plan(plan.value(), folder.value(), quiet ? nullptr : &progress);

  const StudyOutcome outcome = conduct(study, environment);
  progress.end();
  const std::optional<Error> unwritten =
      write_study(plan.value(), folder.value(), outcome.document);
  ExitCode code = exit_code_from(outcome.document.exit_code);
  if (outcome.stopped) {
    remove_what_is_empty(study, folder.value());
    code = combine(code, complain(*outcome.stopped));
  } else if (!outcome.document.runs.empty()) {
    print_report(plan.value(), folder.value(), outcome.document, line.has("--json"));
  }
  return unwritten ? combine(code, complain(*unwritten)) : code;
}

}  // namespace queuemeter::cli
