// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <span>
#include <string>

namespace queuemeter {

/// One judged run for a person: verdict and limit in words, spans, account, backlog, objectives,
/// findings, cost, where it is saved. Plain ASCII, no line longer than 100 columns.
[[nodiscard]] std::string run_table(const RunDocument& run, const std::string& folder);

/// Many judged runs, one row each: what tells it apart, rate, done, answer and completion p50 and
/// p99, what was not done (objectives judge that share), verdict. What all have in common stands
/// above. Runs whose guarantee, bound, payload, batch or stamps differ are said to differ. Same
/// form.
[[nodiscard]] std::string matrix_table(std::span<const RunDocument> runs,
                                       const std::string& folder);

}  // namespace queuemeter
