// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <string>

namespace queuemeter {

/// The same traffic, straight to the backend and through a queue. Borrows both documents.
struct PathPair {
  const RunDocument& direct;
  const RunDocument& queued;
};

/// Where the reader finds the comparison again.
struct ComparisonPlace {
  std::string folder;           ///< "queuemeter-runs/42"
  std::string queued_scenario;  ///< the scenario file of the queued run at the high rate
};

/// The answer to "does a queue help this API?": verdict and limit in words, then first answer and
/// result, the account of all calls, backlog, cost, guarantee, place, what to type next.
///
/// `low` is the pair at a rate the backend can take; it may be absent. Judged documents only.
/// Plain ASCII, no line longer than 100 columns, ends with a line break.
[[nodiscard]] std::string comparison_table(const PathPair& high, const PathPair* low,
                                           const ComparisonPlace& place);

}  // namespace queuemeter
