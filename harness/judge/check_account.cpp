// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/judge/check_parts.hpp"
#include "harness/judge/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace queuemeter::checks {
namespace {

using Verdict = Check::Verdict;

/// The first equation that does not hold, in words; "" when all do.
std::string imbalance_of(const RunDocument& run) {
  const LedgerCounts& ledger = run.ledger;
  if (ledger.in_flight() != 0) {
    return fmt::format("{} planned, {} settled", ledger.planned, ledger.settled());
  }
  for (const Outcome outcome : all_outcomes) {
    if (ledger.of(outcome) < 0) {
      return fmt::format("{} {}", ledger.of(outcome), to_string(outcome));
    }
  }
  if (ledger.offered + ledger.of(Outcome::unsent) != ledger.planned) {
    return fmt::format("{} planned, {} offered and {} unsent", ledger.planned, ledger.offered,
                       ledger.of(Outcome::unsent));
  }
  if (ledger.late < 0 || ledger.late > ledger.of(Outcome::completed)) {
    return fmt::format("{} late of {} completed", ledger.late, ledger.of(Outcome::completed));
  }
  if (const auto& completion = summary_of(run, Span::completion)) {
    const auto samples = static_cast<std::int64_t>(completion->count + completion->over_range);
    if (samples != ledger.of(Outcome::completed)) {
      return fmt::format("{} completed, {} completions in the histogram",
                         ledger.of(Outcome::completed), samples);
    }
  }
  return run.balanced ? "" : "a tick did not balance";
}

}  // namespace

Check ledger_balance(const RunDocument& run) {
  Check check = make("ledger_balance", "every planned call has exactly one outcome", 0.0);
  const std::string imbalance = imbalance_of(run);
  const double difference = std::abs(static_cast<double>(run.ledger.in_flight()));
  if (!imbalance.empty()) {
    return with(std::move(check), Verdict::fail, difference,
                imbalance + ": the account is wrong; report this as a fault of queuemeter");
  }
  return with(
      std::move(check), Verdict::pass, difference,
      fmt::format("{} calls accounted for", format_count(static_cast<std::uint64_t>(
                                                std::max<std::int64_t>(run.ledger.planned, 0)))));
}

Check classes_add_up(const RunDocument& run) {
  Check check = make("classes_add_up", "calls by which the classes' accounts miss the run's", 0.0);
  if (run.classes.empty()) {
    return not_applicable(std::move(check), "all calls are of one class");
  }
  // A call that two threads settled is corrected in the run's account only.
  const auto allowed = run.ledger.duplicated;
  check.limit = static_cast<double>(allowed);
  LedgerCounts sum;
  for (const ClassResult& result : run.classes) {
    sum += result.ledger;
  }
  std::int64_t worst = std::abs(sum.planned - run.ledger.planned);
  std::string_view where = worst > 0 ? "planned" : "";
  for (const Outcome outcome : all_outcomes) {
    const std::int64_t miss = std::abs(sum.of(outcome) - run.ledger.of(outcome));
    if (miss > worst) {
      worst = miss;
      where = to_string(outcome);
    }
  }
  if (worst > allowed) {
    return with(std::move(check), Verdict::fail, static_cast<double>(worst),
                fmt::format("{} calls {} are in one account and not in the other; report this as a "
                            "fault of queuemeter",
                            worst, where));
  }
  return with(std::move(check), Verdict::pass, static_cast<double>(worst),
              fmt::format("{} classes", run.classes.size()));
}

Check clock_sanity(const RunDocument& run) {
  Check check = make("clock_sanity", "spans that are negative", 0.0);
  const auto negative = static_cast<double>(run.clock.negative_spans);
  if (run.clock.negative_spans > 0) {
    return with(std::move(check), Verdict::fail, negative,
                fmt::format("spans that end before they begin: {}; the clocks disagree, see "
                            "queuemeter doctor",
                            format_count(run.clock.negative_spans)));
  }
  if (run.clock.over_range > 0) {
    return with(std::move(check), Verdict::warn, negative,
                fmt::format("spans longer than an hour, in no percentile: {}; shorten the run",
                            format_count(run.clock.over_range)));
  }
  return with(std::move(check), Verdict::pass, negative, "none");
}

Check sample_size(const RunDocument& run) {
  constexpr double beyond_p99 = 0.01;
  constexpr double printable = 10.0;
  constexpr double gateable = 100.0;
  Check check = make("sample_size", "calls beyond the p99", printable);
  if (run.ledger.planned <= 0) {
    return with(std::move(check), Verdict::fail, 0.0,
                "nothing was measured: no call was planned in the window; raise rate or measure");
  }
  const double planned = beyond_p99 * static_cast<double>(run.ledger.planned);
  const double beyond = beyond_p99 * static_cast<double>(run.ledger.of(Outcome::completed));
  std::string seen = fmt::format("{:.0f} samples beyond the p99", std::floor(beyond));
  if (planned < printable) {
    return with(std::move(check), Verdict::warn, beyond,
                seen + ": too few to print it; measure longer");
  }
  if (beyond < printable) {
    // The run was long enough: what was measured dropped the calls, and that is the result.
    seen += ", because most calls were not completed";
  } else if (beyond < gateable) {
    seen += fmt::format("; a gate wants {:.0f}", gateable);
  }
  return with(std::move(check), Verdict::pass, beyond, std::move(seen));
}

}  // namespace queuemeter::checks
