// SPDX-License-Identifier: Apache-2.0
#include "harness/study/study.hpp"

#include "harness/call/exit_code.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace queuemeter {
namespace {

bool is_interrupted(const RunEnvironment& environment) {
  return environment.interrupted != nullptr && environment.interrupted->load();
}

void add(StudyDocument& study, ExitCode code) {
  study.exit_code = to_int(combine(exit_code_from(study.exit_code), code));
}

}  // namespace

std::vector<PlannedRun> runs_in_order(const std::vector<LabelledScenario>& scenarios) {
  std::size_t most = 1;
  for (const LabelledScenario& each : scenarios) {
    most = std::max(most, each.scenario.run.repeat);
  }
  std::vector<PlannedRun> runs;
  for (std::size_t repetition = 0; repetition < most; ++repetition) {
    for (const LabelledScenario& each : scenarios) {
      const std::size_t repeat = std::max<std::size_t>(1, each.scenario.run.repeat);
      if (repetition >= repeat) {
        continue;
      }
      PlannedRun& run = runs.emplace_back();
      run.run = each;
      run.run.scenario.run.repeat = 1;
      run.run.scenario.run.seed += repetition;
      run.repetition = repeat > 1 ? repetition + 1 : 0;
    }
  }
  return runs;
}

StudyOutcome conduct(const StudyPlan& plan, const RunEnvironment& environment) {
  StudyOutcome outcome;
  StudyDocument& study = outcome.document;
  study.kind = plan.kind;
  study.label = plan.label;
  const std::vector<PlannedRun> runs = runs_in_order(plan.runs);
  for (std::size_t number = 0; number < runs.size() && !is_interrupted(environment); ++number) {
    if (plan.announce) {
      plan.announce(number);
    }
    const std::string folder = plan.folder_of(number);
    RunEnvironment of_run = environment;
    of_run.repetition = runs[number].repetition;
    Result<RunDocument> run =
        run_scenario(runs[number].run.scenario, runs[number].run.label, folder, of_run);
    if (!run) {
      outcome.stopped = run.error();
      return outcome;
    }
    if (study.runs.empty()) {
      study.started_at = run->started_at;
    }
    add(study, exit_code_from(run->exit_code));
    study.runs.push_back({folder, *std::move(run)});
  }
  if (is_interrupted(environment)) {
    add(study, ExitCode::interrupted);
  }
  return outcome;
}

}  // namespace queuemeter
