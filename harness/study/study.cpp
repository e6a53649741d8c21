// SPDX-License-Identifier: Apache-2.0
#include "harness/study/study.hpp"

#include "harness/call/exit_code.hpp"

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

StudyOutcome conduct(const StudyPlan& plan, const RunEnvironment& environment) {
  StudyOutcome outcome;
  StudyDocument& study = outcome.document;
  study.kind = plan.kind;
  study.label = plan.label;
  for (std::size_t number = 0; number < plan.runs.size() && !is_interrupted(environment);
       ++number) {
    if (plan.announce) {
      plan.announce(number);
    }
    const std::string folder = plan.folder_of(number);
    Result<RunDocument> run =
        run_scenario(plan.runs[number].scenario, plan.runs[number].label, folder, environment);
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
