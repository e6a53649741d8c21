// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/table_reader.hpp"

namespace queuemeter {

/// What no single key is to blame for: settings that contradict each other, and combinations that
/// cannot be measured. Each error names the nearest possible setting.
void check_combinations(const Scenario& scenario, const TomlValue& root, ErrorList& errors);

}  // namespace queuemeter
