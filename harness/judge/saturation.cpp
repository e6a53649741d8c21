// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/judge/findings.hpp"
#include "harness/judge/limiting_part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace queuemeter {
namespace {

/// What falls short by less is the difference between two edges of a window.
constexpr double keeps_up_from = 0.98;
/// A share of the planned calls that is worth a word.
constexpr double notable_share = 0.01;

double share_of_planned(const RunDocument& run, std::int64_t calls) {
  return run.ledger.planned > 0
             ? static_cast<double>(calls) / static_cast<double>(run.ledger.planned)
             : 0.0;
}

/// Calls that failed for a reason that more capacity would not change.
std::int64_t plain_failures(const LedgerCounts& ledger) {
  return ledger.of(Reason::backend_error) + ledger.of(Reason::wrong_answer) +
         ledger.of(Reason::disconnected) + ledger.of(Reason::unreachable) +
         ledger.of(Reason::queue_failure);
}

std::int64_t refused_for_capacity(const LedgerCounts& ledger) {
  return ledger.of(Reason::full) + ledger.of(Reason::caller_limit) + ledger.of(Reason::quota) +
         ledger.of(Reason::backend_refused) + ledger.of(Outcome::shed) +
         ledger.of(Outcome::expired);
}

std::int64_t queue_bound(const RunDocument& run) {
  return static_cast<std::int64_t>(run.scenario.queue.bound.value_or(default_queue_bound));
}

bool at_bound(const RunDocument& run) {
  return run.backlog && !run.queue_name.empty() && run.backlog->peak >= queue_bound(run);
}

/// Timeouts speak of overload where the backend is busy, or where nobody can tell.
bool times_out_when_busy(const RunDocument& run) {
  const std::int64_t timeouts =
      run.ledger.of(Reason::reply_timeout) + run.ledger.of(Reason::backend_timeout);
  if (share_of_planned(run, timeouts) <= notable_share) {
    return false;
  }
  const auto backend = std::find_if(run.busy.begin(), run.busy.end(),
                                    [](const PartBusy& part) { return part.part == "backend"; });
  return backend == run.busy.end() || !limiting_part_of(run.busy).empty();
}

/// Callers of a closed loop wait for their replies, so they never ask for more than what is served
/// and a backlog is never longer than they are many: a slow system makes them call less, and
/// nothing can fall behind. Producers that saturate are meant to find the queue full, and the path
/// `take` only empties what was put there before.
bool can_be_overloaded(const RunDocument& run) {
  const TrafficModel model = run.scenario.traffic.model;
  return (model == TrafficModel::open || model == TrafficModel::half_open) &&
         run.scenario.path.kind != PathKind::take;
}

std::string calls_per_second(double rate) { return format_rate(Rate::per_second(rate)); }

}  // namespace

bool backlog_grew(const RunDocument& run) {
  if (!run.backlog || !can_be_overloaded(run)) {
    return false;
  }
  const Backlog& backlog = *run.backlog;
  return backlog.growth_per_s > notable_share * run.planned_per_s &&
         backlog.growth_per_s > 3.0 * backlog.growth_per_s_error && backlog.growth_per_s > 0.0;
}

bool is_saturated(const RunDocument& run) {
  if (!(run.planned_per_s > 0.0) || !can_be_overloaded(run)) {
    return false;
  }
  const double kept_up =
      run.completed_per_s / run.planned_per_s + share_of_planned(run, plain_failures(run.ledger));
  return kept_up < keeps_up_from &&
         (at_bound(run) || backlog_grew(run) ||
          share_of_planned(run, refused_for_capacity(run.ledger)) > notable_share ||
          times_out_when_busy(run));
}

std::string forecast_of(const RunDocument& run) {
  if (!run.backlog) {
    return "";
  }
  const Backlog& backlog = *run.backlog;
  if (backlog.end <= 0) {
    return "empty";
  }
  if (backlog_grew(run)) {
    return fmt::format("grows {}, will not drain at this rate of calls",
                       calls_per_second(backlog.growth_per_s));
  }
  constexpr double nearly_full = 0.9;
  if (static_cast<double>(backlog.end) >= nearly_full * static_cast<double>(queue_bound(run)) &&
      at_bound(run)) {
    return "full, will not drain at this rate of calls";
  }
  if (backlog.growth_per_s < 0.0 &&
      -backlog.growth_per_s >
          std::max(3.0 * backlog.growth_per_s_error, notable_share * run.planned_per_s)) {
    const double seconds = static_cast<double>(backlog.end) / -backlog.growth_per_s;
    return fmt::format("clears in {}", format_duration(from_seconds(seconds)));
  }
  return fmt::format("steady at {}", format_count(static_cast<std::uint64_t>(backlog.end)));
}

}  // namespace queuemeter
