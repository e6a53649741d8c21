// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <string>
#include <vector>

namespace queuemeter {

/// A part this busy holds the run back.
inline constexpr double full_from = 0.9;

/// How busy each part was: what the run observed, with backend, workers and generator added from
/// the document's other numbers where the run did not list them.
[[nodiscard]] std::vector<PartBusy> busy_parts(const RunDocument& run);

/// The part that held the run back, or "" when none was full. When several were, the one that is
/// furthest down the stream: workers that wait for a full backend are busy too.
[[nodiscard]] std::string limiting_part_of(const std::vector<PartBusy>& parts);

/// "Limit: the backend (8 of 8 slots busy). More workers will not help." One or two sentences.
[[nodiscard]] std::string limiting_sentence(const RunDocument& run);

}  // namespace queuemeter
