// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/judge.hpp"

#include "harness/judge/checks.hpp"
#include "harness/judge/findings.hpp"
#include "harness/judge/limiting_part.hpp"
#include "harness/judge/objectives.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

bool misses(const std::vector<ObjectiveResult>& objectives) noexcept {
  return std::any_of(objectives.begin(), objectives.end(),
                     [](const ObjectiveResult& result) { return result.met == false; });
}

}  // namespace

void judge(RunDocument& document) {
  document.busy = busy_parts(document);
  document.limiting_part = limiting_part_of(document.busy);
  document.saturated = is_saturated(document);
  document.guarantee_broken = breaks_guarantee(document);
  if (document.backlog) {
    document.backlog->forecast = forecast_of(document);
  }
  document.findings = findings_of(document);
  document.validity = checks::assess(document);
  document.objectives = evaluate_objectives(document);
  for (ClassResult& result : document.classes) {
    result.objectives = evaluate_objectives(document, result);
  }
  document.exit_code = to_int(exit_code_of(document));
}

ExitCode exit_code_of(const RunDocument& document) noexcept {
  if (document.interrupted) {
    return ExitCode::interrupted;
  }
  if (document.guarantee_broken) {
    return ExitCode::guarantee_broken;
  }
  if (document.validity.verdict == Validity::Verdict::invalid) {
    return ExitCode::invalid;
  }
  const bool missed = misses(document.objectives) ||
                      std::any_of(document.classes.begin(), document.classes.end(),
                                  [](const ClassResult& each) { return misses(each.objectives); });
  // A run that was stopped by a rule of its own has missed what it was asked for.
  return missed || !document.complete ? ExitCode::objective_missed : ExitCode::done;
}

}  // namespace queuemeter
