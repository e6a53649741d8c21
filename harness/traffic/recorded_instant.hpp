// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <optional>
#include <string_view>

namespace queuemeter {

/// A moment of wall-clock time, since 1970 or since whenever a recording began, and how finely it
/// was written.
struct RecordedInstant {
  Duration since_epoch{0};
  bool whole_seconds = false;  ///< an access log's stamp: the call came some time in that second
};

/// What a number without a unit counts.
enum class NumberUnit { seconds, nanoseconds, by_size };

/// "1700000000.25", "1700000000250000000"; nothing when it is no number. May be negative.
[[nodiscard]] std::optional<RecordedInstant> parse_number_instant(std::string_view text,
                                                                  NumberUnit unit);
/// "2026-03-01T12:00:00.5Z"; nothing when it is something else. Source: RFC 3339.
[[nodiscard]] std::optional<RecordedInstant> parse_iso_instant(std::string_view text);
/// "10/Oct/2000:13:55:36 -0700", as Apache's and nginx's access logs have it.
[[nodiscard]] std::optional<RecordedInstant> parse_log_instant(std::string_view text);

}  // namespace queuemeter
