// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/traffic/arrival_plan.hpp"

#include <cstddef>
#include <istream>
#include <string>

namespace queuemeter {

/// The most arrivals that a recording may have: 160 MB of instants.
inline constexpr std::size_t most_recorded_arrivals = 20'000'000;

/// Reads when calls arrived, from a file in one of three forms, told apart by its first line:
///
/// - CSV: the instant is the first column; a first line without one is a header. Instants are
///   seconds; whole numbers are nanoseconds when the header's name ends in "ns", or when there is
///   no header that says so and the first one is beyond 10^14; or ISO 8601 times
///   ("2026-03-01T12:00:00.5Z", an offset, a blank for the T; UTC where no zone is given).
/// - an access log in the combined or common form: `[10/Oct/2000:13:55:36 -0700]`.
/// - JSON lines: an object with "time", "timestamp", "@timestamp", "ts", "time_iso8601",
///   "time_local" or "msec", as any of the above; numbers are seconds, or nanoseconds beyond 10^14.
///
/// Access logs count in seconds: the calls of one second are spread evenly over it. The first
/// arrival becomes the beginning. An instant that is unreadable, negative or before the one above
/// it is an error that names file and line. Empty lines are skipped.
[[nodiscard]] Result<RecordedArrivals> read_replay_file(const std::string& path);

/// The same from a stream; `name` is what errors call it.
[[nodiscard]] Result<RecordedArrivals> read_replay(std::istream& lines, const std::string& name);

}  // namespace queuemeter
