// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <cstdint>
#include <optional>
#include <string>

// Private to this folder: the phrases that several tables share. "-" where nothing was observed.
namespace queuemeter::words {

using PercentileMember = std::optional<Duration> SpanSummary::*;

[[nodiscard]] const std::optional<SpanSummary>& span_of(const RunDocument& run, Span span);
[[nodiscard]] std::optional<Duration> percentile_of(const RunDocument& run, Span span,
                                                    PercentileMember member);
[[nodiscard]] std::string time(std::optional<Duration> span);
[[nodiscard]] std::string percentile(const RunDocument& run, Span span, PercentileMember member);
[[nodiscard]] std::string rate(double calls_per_second);
/// With a minus where a broken account needs it.
[[nodiscard]] std::string count(std::int64_t calls);
/// `part` of `whole`, "-" when the whole is 0.
[[nodiscard]] std::string share(std::int64_t part, std::int64_t whole);

/// "0.12 %".
[[nodiscard]] std::string percent(std::optional<double> fraction);

/// "first answer", "result ready", "lateness (our own error)", …
[[nodiscard]] std::string span_name(Span span);
/// The same, where it depends on the run: what a call waits for before it is made.
[[nodiscard]] std::string span_name(Span span, const RunDocument& run);
/// "1,200 calls/s in total (poisson)", "500 callers, think exponential(100ms)".
[[nodiscard]] std::string load(const RunDocument& run);
/// The load and how long it lasted, with pacing and stamps where they are not the usual ones.
[[nodiscard]] std::string traffic(const RunDocument& run);
/// "backend 8 slots x 20 ms = 400/s".
[[nodiscard]] std::string backend(const RunDocument& run);
/// "direct", "queued, 8 workers", "offer only: a call is done when the queue has accepted it".
[[nodiscard]] std::string path(const RunDocument& run);
/// Whether an instant was read once for many calls, so that spans tell throughput, not latency.
[[nodiscard]] bool shares_stamps(const RunDocument& run);
/// Whether the path has a caller who waits for a first answer, and a result that comes later.
[[nodiscard]] bool has_answer(const RunDocument& run);
[[nodiscard]] bool has_completion(const RunDocument& run);
/// "600 / 1.5 s / 1.5 s": peak, greatest age, time to drain.
[[nodiscard]] std::string backlog(const RunDocument& run);
/// "43 %": the backend's work for callers that were gone.
[[nodiscard]] std::string wasted(const RunDocument& run);
/// "VALID", "SUSPECT (stationarity)", "INVALID (lateness, unsent)".
[[nodiscard]] std::string verdict(const RunDocument& run);
/// "mutex_deque: acknowledged, but … (G1); at most once: … (C0)"; "" on the direct path.
[[nodiscard]] std::string guarantee(const RunDocument& run);
/// Calls done in time ÷ calls planned.
[[nodiscard]] double done_share(const RunDocument& run);

}  // namespace queuemeter::words
