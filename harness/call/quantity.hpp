// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// Quantities as people write them. Every parser takes the whole text (outer blanks allowed) and
/// says in its error what it got and what it takes. Thread-safe.

/// "250us", "2s", "1.5ms", "5m", "1h", "0s"; units ns, us (µs), ms, s, m (min), h. A unit is
/// required except for a bare 0. Negative spans and more than 292 years are errors.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// "5k/s", "600/s", "0.5/s", "30/60s", "2M/s", "120/min"; must be finite and not negative.
[[nodiscard]] Result<Rate> parse_rate(std::string_view text);

/// "30/60s", "100/s", "1k/min": at most so many calls in any such time. At least one call, at most
/// 1,000,000 of them, in more than no time and at most 24 hours.
[[nodiscard]] Result<RateLimit> parse_rate_limit(std::string_view text);

/// "256B", "64KiB", "1MB", "0B"; KiB = 1,024, kB = 1,000. Up to 2^63 − 1.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

/// "1MiB/s", "500kB/s": bytes per second, at least one.
[[nodiscard]] Result<std::uint64_t> parse_bandwidth(std::string_view text);

/// "0.1%" or "0.001": a fraction in [0, 1].
[[nodiscard]] Result<double> parse_fraction(std::string_view text);

/// "10000", "10k", "2M": a whole number of calls, callers, workers.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);

/// "1.5 ms", "20 ms", "0.9 s": three significant digits at the most, for people.
[[nodiscard]] std::string format_duration(Duration span);
/// "600/s", "5k/s", "1.25M/s".
[[nodiscard]] std::string format_rate(Rate rate);
/// "250us", "2s": exact, and read back by `parse_duration` to the same value.
[[nodiscard]] std::string to_scenario_text(Duration span);
/// "2000/s", "0.5/s": exact likewise, read back by `parse_rate`.
[[nodiscard]] std::string to_scenario_text(Rate rate);
/// "30/60s": exact likewise, read back by `parse_rate_limit`.
[[nodiscard]] std::string to_scenario_text(const RateLimit& limit);
/// "0.00001": a decimal without exponent, with the fewest digits that give the value back.
[[nodiscard]] std::string decimal_text(double value);
/// "12,345".
[[nodiscard]] std::string format_count(std::uint64_t count);
/// "38 %", "0.12 %".
[[nodiscard]] std::string format_percent(double fraction);

}  // namespace queuemeter
