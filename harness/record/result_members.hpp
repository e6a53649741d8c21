// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/json_fields.hpp"
#include "harness/record/run_document.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Private to this folder: names that the writer and the reader of results share.
namespace queuemeter::result_members {

using SideCount = std::pair<std::string_view, std::int64_t LedgerCounts::*>;
inline constexpr std::array<SideCount, 7> side_counts{{{"late", &LedgerCounts::late},
                                                       {"duplicated", &LedgerCounts::duplicated},
                                                       {"reordered", &LedgerCounts::reordered},
                                                       {"redelivered", &LedgerCounts::redelivered},
                                                       {"retried", &LedgerCounts::retried},
                                                       {"phantom", &LedgerCounts::phantom},
                                                       {"wasted", &LedgerCounts::wasted}}};

using Percentile = std::pair<std::string_view, std::optional<Duration> SpanSummary::*>;
inline constexpr std::array<Percentile, 6> percentiles{{{"p50", &SpanSummary::p50},
                                                        {"p90", &SpanSummary::p90},
                                                        {"p95", &SpanSummary::p95},
                                                        {"p99", &SpanSummary::p99},
                                                        {"p999", &SpanSummary::p999},
                                                        {"p9999", &SpanSummary::p9999}}};

using ComparisonSign = std::pair<std::string_view, Objective::Comparison>;
inline constexpr std::array<ComparisonSign, 4> comparison_signs{
    {{"<", Objective::Comparison::below},
     {"<=", Objective::Comparison::at_most},
     {">", Objective::Comparison::above},
     {">=", Objective::Comparison::at_least}}};

using WorkerTrouble = std::pair<std::string_view, std::uint64_t WorkerTroubles::*>;
inline constexpr std::array<WorkerTrouble, 4> worker_troubles{
    {{"crashed", &WorkerTroubles::crashed},
     {"recycled", &WorkerTroubles::recycled},
     {"retried", &WorkerTroubles::retried},
     {"retries_denied", &WorkerTroubles::retries_denied}}};

using FrontCount = std::pair<std::string_view, std::uint64_t FrontResult::*>;
inline constexpr std::array<FrontCount, 6> front_counts{
    {{"polls", &FrontResult::polls},
     {"polls_unanswered", &FrontResult::polls_unanswered},
     {"reports", &FrontResult::reports},
     {"forged", &FrontResult::forged},
     {"strange", &FrontResult::strange},
     {"missed", &FrontResult::missed}}};

/// What a run and each of its classes have in common.
[[nodiscard]] Json ledger_json(const LedgerCounts& counts);
[[nodiscard]] Json latency_json(const SpanSummaries& summaries);
[[nodiscard]] Json objectives_json(const std::vector<ObjectiveResult>& results);
void read_ledger(json_fields::ObjectReader& from, LedgerCounts& counts);
void read_latency(json_fields::ObjectReader from, SpanSummaries& summaries);
/// The member `objectives` of a run or a class.
void read_objectives(json_fields::ObjectReader& in_object, std::vector<ObjectiveResult>& results);

[[nodiscard]] Json classes_json(const std::vector<ClassResult>& classes);
[[nodiscard]] Json fairness_json(const Fairness& fairness);
/// The member `classes` of a run.
void read_classes(json_fields::ObjectReader& root, std::vector<ClassResult>& classes);
void read_fairness(json_fields::ObjectReader from, Fairness& fairness);

/// A run as a JSON value, and back.
[[nodiscard]] Json json_of(const RunDocument& run);
[[nodiscard]] RunDocument run_of(json_fields::ObjectReader root);

}  // namespace queuemeter::result_members
