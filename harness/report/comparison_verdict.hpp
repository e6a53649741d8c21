// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/report/comparison_table.hpp"

#include <string>

// Private to this folder: what a pair of runs says, in words.
namespace queuemeter {

/// What the queue did to the calls that were done in time.
enum class QueueEffect { helps, hurts, none };

/// The difference counts when it is both notable (2 of 100 calls) and beyond 4 standard errors.
[[nodiscard]] QueueEffect effect_of(const PathPair& pair);

/// "QUEUE HELPS: at 600/s calls done in time 38 % -> 76 %. But a result then takes 1.5 s."
[[nodiscard]] std::string effect_sentence(const PathPair& pair);

/// The same in passing: "at 300/s: no difference (…)".
[[nodiscard]] std::string effect_in_passing(const PathPair& pair);

/// "4/4 VALID", "3/4 VALID, 1 SUSPECT".
[[nodiscard]] std::string validity_count(const PathPair& high, const PathPair* low);

/// "NOT TO BE TRUSTED (queued at 600/s: INVALID (lateness))." when a run is invalid; else "".
[[nodiscard]] std::string invalid_warning(const PathPair& high, const PathPair* low);

/// What to type next, with the reason; only commands that exist.
[[nodiscard]] std::string next_command(const PathPair& high, const PathPair* low,
                                       const ComparisonPlace& place);

}  // namespace queuemeter
