// SPDX-License-Identifier: Apache-2.0
#include "harness/run/run.hpp"

#include "harness/run/phases.hpp"
#include "harness/run/run_state.hpp"

namespace queuemeter {

Result<RunDocument> run_scenario(const Scenario& scenario, const std::string& label,
                                 const std::string& folder, const RunEnvironment& environment) {
  RunState state{scenario, environment, folder};
  state.document.label = label;
  state.document.repetition = environment.repetition;
  for (const std::unique_ptr<RunPhase>& phase : phases_of_a_run()) {
    if (std::optional<Error> error = phase->execute(state)) {
      return *std::move(error);
    }
  }
  return std::move(state.document);
}

}  // namespace queuemeter
