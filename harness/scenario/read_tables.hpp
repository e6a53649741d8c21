// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/table_reader.hpp"

namespace queuemeter {

/// Reads every table of one scenario; what is wrong is added to `errors` and keeps its default.
[[nodiscard]] Scenario read_tables(const TomlValue& root, ErrorList& errors);

}  // namespace queuemeter
