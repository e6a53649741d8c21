// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/table_reader.hpp"

#include <vector>

namespace queuemeter {

/// A table of metrics and limits: [objectives], or the `objectives` of a class.
[[nodiscard]] std::vector<Objective> read_objectives(const TableReader& reader);

}  // namespace queuemeter
