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
/// Calls offered inside the window ÷ calls planned inside it: 1 ± 1 %. Where nobody promised a rate
/// (closed loops, saturation) there is none to deliver.
[[nodiscard]] Check delivered_rate(const RunDocument& run);
/// An open loop offers every planned call; in other traffic an unsent one is worth a warning.
[[nodiscard]] Check unsent(const RunDocument& run);
/// The busiest generator thread: CPU, and time ready to run but not running. Spinning pacing and
/// saturation use a CPU on purpose, so only the waiting counts there, or nothing.
[[nodiscard]] Check generator_cpu(const RunDocument& run);
/// The planned gaps follow the law that the scenario names. Open loops only: replayed instants and
/// bursts follow no law, and callers come when they are ready.
[[nodiscard]] Check arrival_distribution(const RunDocument& run);
/// The medians of the seconds have no trend (Mann-Kendall); warns only.
[[nodiscard]] Check stationarity(const RunDocument& run);
/// Mean number in the system = rate × mean time in it: finds lost records and wrong units.
[[nodiscard]] Check little(const RunDocument& run);
/// A closed loop's N = X·(R + Z): callers = rate × (response + think). Finds callers that are stuck
/// or thinks that were not kept. Source: Denning and Buzen, The Operational Analysis of Queueing
/// Network Models, ACM Computing Surveys 10 (1978), the interactive response time formula.
[[nodiscard]] Check response_time_law(const RunDocument& run);
/// Every planned call has exactly one outcome, and every completion is in the histogram.
[[nodiscard]] Check ledger_balance(const RunDocument& run);
/// The accounts of the classes add up to the run's.
[[nodiscard]] Check classes_add_up(const RunDocument& run);
/// No span is negative, none is longer than the histogram reaches.
[[nodiscard]] Check clock_sanity(const RunDocument& run);
/// Something was measured, and enough of it to print a p99.
[[nodiscard]] Check sample_size(const RunDocument& run);
/// The measured window was not cut short.
[[nodiscard]] Check complete(const RunDocument& run);
/// How much CPU time the host gave to other guests; warns only.
[[nodiscard]] Check host_steal(const RunDocument& run);
/// How long tasks on this host waited for memory; warns only. Waiting for CPUs and disks is what
/// load does to a machine, and is told in the note.
[[nodiscard]] Check host_pressure(const RunDocument& run);
/// Labels a build whose numbers do not count; never changes the verdict.
[[nodiscard]] Check build(const RunDocument& run);

using CheckFunction = Check (*)(const RunDocument&);

/// All of them, in the order in which results list them.
[[nodiscard]] std::span<const CheckFunction> all() noexcept;

/// Runs all: any failure makes the run invalid, any warning suspect.
[[nodiscard]] Validity assess(const RunDocument& run);

}  // namespace queuemeter::checks
