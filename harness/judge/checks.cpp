// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/checks.hpp"

#include <array>

namespace queuemeter::checks {

std::span<const CheckFunction> all() noexcept {
  static constexpr std::array table{
      &lateness,       &delivered_rate,       &unsent,
      &generator_cpu,  &arrival_distribution, &stationarity,
      &little,         &response_time_law,    &ledger_balance,
      &classes_add_up, &clock_sanity,         &sample_size,
      &complete,       &host_steal,           &host_pressure,
      &build,
  };
  return table;
}

Validity assess(const RunDocument& run) {
  Validity validity;
  for (const CheckFunction check : all()) {
    validity.checks.push_back(check(run));
    switch (validity.checks.back().verdict) {
      case Check::Verdict::fail:
        validity.verdict = Validity::Verdict::invalid;
        break;
      case Check::Verdict::warn:
        if (validity.verdict == Validity::Verdict::valid) {
          validity.verdict = Validity::Verdict::suspect;
        }
        break;
      case Check::Verdict::pass:
      case Check::Verdict::not_applicable:
        break;
    }
  }
  return validity;
}

}  // namespace queuemeter::checks
