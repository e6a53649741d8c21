// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/table_reader.hpp"

#include <string_view>

namespace queuemeter {

/// True when the [matrix] of a document varies this key.
[[nodiscard]] bool is_varied(const TomlValue& root, std::string_view key);

/// Keys that are written and that another setting makes meaningless: callers in an open loop, a
/// rate in a closed one, a thread that boots. An error each, because whoever wrote them expects
/// something of them; but none where the matrix varies the setting that decides.
void check_unused_keys(const Scenario& scenario, const TomlValue& root, ErrorList& errors);

}  // namespace queuemeter
