// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/judge.hpp"

#include "harness/judge/checks.hpp"
#include "harness/judge/findings.hpp"
#include "harness/judge/limiting_part.hpp"
#include "harness/judge/objectives.hpp"

#include <algorithm>
#include <array>

namespace queuemeter {

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
  document.exit_code = exit_code_of(document);
}

int exit_code_of(const RunDocument& document) noexcept {
  if (document.interrupted) {
    return exit_interrupted;
  }
  if (document.guarantee_broken) {
    return exit_guarantee_broken;
  }
  if (document.validity.verdict == Validity::Verdict::invalid) {
    return exit_invalid;
  }
  const bool missed =
      std::any_of(document.objectives.begin(), document.objectives.end(),
                  [](const ObjectiveResult& result) { return result.met == false; });
  // A run that was stopped by a rule of its own has missed what it was asked for.
  return missed || !document.complete ? exit_missed : exit_done;
}

int most_serious_exit_code(const std::vector<int>& codes) noexcept {
  constexpr std::array precedence{
      exit_usage,   exit_unreachable, exit_interrupted, exit_guarantee_broken,
      exit_invalid, exit_missed,      exit_inconclusive};
  for (const int code : precedence) {
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) {
      return code;
    }
  }
  return exit_done;
}

}  // namespace queuemeter
