// SPDX-License-Identifier: Apache-2.0
#include "harness/record/machine.hpp"

#include "harness/call/clock.hpp"
#include "harness/measure/machine.hpp"

namespace queuemeter {

Machine this_machine() {
  const HostFacts facts = read_host_facts();
  const ClockCost clock = measure_clock_cost(MonotonicClock{});
  Machine machine;
  machine.host = facts.host;
  machine.kernel = facts.kernel;
  machine.architecture = facts.architecture;
  machine.cpus = facts.cpus;
  machine.cpu_model = facts.cpu_model.value_or("");
  machine.governor = facts.governor.value_or("");
  machine.clock_source = facts.clock_source.value_or("");
  machine.memory_bytes = facts.memory_bytes.value_or(0);
  machine.clock_read_cost = clock.per_reading;
  machine.clock_granularity = clock.granularity;
  return machine;
}

BuildIdentity this_build() {
  return {.version = QUEUEMETER_VERSION,
          .commit = QUEUEMETER_COMMIT,
          .preset = QUEUEMETER_PRESET,
          .compiler = QUEUEMETER_COMPILER};
}

bool is_measuring_build(const BuildIdentity& build) noexcept { return build.preset == "measure"; }

}  // namespace queuemeter
