// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <span>

namespace queuemeter::checks {

/// What a run asks about itself as an instrument. Each check is a pure function of what was
/// measured. A statistical test fails only below p = 10^-6 and warns below 10^-3, so that the
/// many runs of a study raise no false alarm; overload of what is measured never fails a check.

/// Our own error: fails when the p99 of lateness is above 1 ms and above 20 % of the completion's.
[[nodiscard]] Check lateness(const RunDocument& run);
/// Calls offered inside the window ÷ calls planned inside it: 1 ± 1 %.
[[nodiscard]] Check delivered_rate(const RunDocument& run);
/// An open loop offers every planned call.
[[nodiscard]] Check unsent(const RunDocument& run);
/// The busiest generator thread: CPU, and time ready to run but not running.
[[nodiscard]] Check generator_cpu(const RunDocument& run);
/// The planned gaps follow the law that the scenario names.
[[nodiscard]] Check arrival_distribution(const RunDocument& run);
/// The medians of the seconds have no trend (Mann-Kendall); warns only.
[[nodiscard]] Check stationarity(const RunDocument& run);
/// Mean number in the system = rate × mean time in it: finds lost records and wrong units.
[[nodiscard]] Check little(const RunDocument& run);
/// Every planned call has exactly one outcome, and every completion is in the histogram.
[[nodiscard]] Check ledger_balance(const RunDocument& run);
/// No span is negative, none is longer than the histogram reaches.
[[nodiscard]] Check clock_sanity(const RunDocument& run);
/// Something was measured, and enough of it to print a p99.
[[nodiscard]] Check sample_size(const RunDocument& run);
/// The measured window was not cut short.
[[nodiscard]] Check complete(const RunDocument& run);
/// Labels a build whose numbers do not count; never changes the verdict.
[[nodiscard]] Check build(const RunDocument& run);

using CheckFunction = Check (*)(const RunDocument&);

/// All of them, in the order in which results list them.
[[nodiscard]] std::span<const CheckFunction> all() noexcept;

/// Runs all: any failure makes the run invalid, any warning suspect.
[[nodiscard]] Validity assess(const RunDocument& run);

}  // namespace queuemeter::checks
