// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace queuemeter {

/// One line of the account of all planned calls. The counts of an account add up to `planned`.
struct AccountRow {
  std::string label;
  std::int64_t count = 0;
  bool done = false;  ///< the reply came; the first row also came in time
};

/// What became of every planned call, finely enough to act on. Every run of one version gives the
/// same rows in the same order, most of them 0, so that two runs can stand side by side.
[[nodiscard]] std::vector<AccountRow> account_of(const RunDocument& run);

}  // namespace queuemeter
