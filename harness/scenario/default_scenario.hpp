// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"

#include <string>
#include <vector>

namespace queuemeter {

struct LabelledScenario {
  std::string label;  ///< "direct 600/s"
  Scenario scenario;
};

/// What a bare `queuemeter run` measures: direct and queued, first at 600 calls/s for 10 s, then at
/// 300 calls/s for 4 s, against a backend process of 8 slots x 20 ms = 400 calls/s. So one rate is
/// above and one below what the backend can take.
[[nodiscard]] std::vector<LabelledScenario> default_comparison();

}  // namespace queuemeter
