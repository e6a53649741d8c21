// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/table_reader.hpp"

namespace queuemeter {

/// The [traffic] table with its stages and classes; what is wrong is added to the reader's errors.
[[nodiscard]] TrafficSettings read_traffic(const TableReader& reader);

}  // namespace queuemeter
