// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/findings.hpp"

#include "harness/call/guarantee.hpp"
#include "harness/call/quantity.hpp"
#include "harness/judge/limiting_part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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
  return ledger.of(Reason::full) + ledger.of(Reason::caller_limit) +
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

std::string calls_per_second(double rate) { return format_rate(Rate::per_second(rate)); }

}  // namespace

bool backlog_grew(const RunDocument& run) {
  if (!run.backlog) {
    return false;
  }
  const Backlog& backlog = *run.backlog;
  return backlog.growth_per_s > notable_share * run.planned_per_s &&
         backlog.growth_per_s > 3.0 * backlog.growth_per_s_error && backlog.growth_per_s > 0.0;
}

bool is_saturated(const RunDocument& run) {
  if (!(run.planned_per_s > 0.0)) {
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
    return fmt::format("grows {}, will not drain", calls_per_second(backlog.growth_per_s));
  }
  constexpr double nearly_full = 0.9;
  if (static_cast<double>(backlog.end) >= nearly_full * static_cast<double>(queue_bound(run)) &&
      at_bound(run)) {
    return "full, will not drain";
  }
  if (backlog.growth_per_s < 0.0 &&
      -backlog.growth_per_s >
          std::max(3.0 * backlog.growth_per_s_error, notable_share * run.planned_per_s)) {
    const double seconds = static_cast<double>(backlog.end) / -backlog.growth_per_s;
    return fmt::format("clears in {}", format_duration(from_seconds(seconds)));
  }
  return fmt::format("steady at {}", format_count(static_cast<std::uint64_t>(backlog.end)));
}

bool breaks_guarantee(const RunDocument& run) {
  if (run.queue_name.empty()) {
    return false;
  }
  const auto order = std::find_if(run.queue_traits.begin(), run.queue_traits.end(),
                                  [](const auto& trait) { return trait.first == "order"; });
  const bool keeps_order =
      order != run.queue_traits.end() && order->second.find("fifo") != std::string::npos;
  const bool may_lose = run.producer_guarantee == to_string(ProducerGuarantee::g0_fire_and_forget);
  const bool may_repeat = run.consumer_guarantee != to_string(ConsumerGuarantee::c0_at_most_once);
  return (run.ledger.of(Outcome::lost) > 0 && !may_lose) ||
         (run.ledger.duplicated > 0 && !may_repeat) || (run.ledger.reordered > 0 && keeps_order);
}

std::vector<Finding> findings_of(const RunDocument& run) {
  std::vector<Finding> findings;
  if (!run.stopped_because.empty()) {
    findings.push_back({"stopped", run.stopped_because});
  }
  if (run.guarantee_broken) {
    findings.push_back(
        {"guarantee_broken",
         fmt::format("{} lost, {} duplicated, {} reordered: more than the queue's guarantee and "
                     "order allow",
                     run.ledger.of(Outcome::lost), run.ledger.duplicated, run.ledger.reordered)});
  }
  if (run.saturated) {
    findings.push_back(
        {"saturated",
         fmt::format("saturated: {} of {} were done ({})", calls_per_second(run.completed_per_s),
                     calls_per_second(run.planned_per_s),
                     format_percent(run.completed_per_s / run.planned_per_s))});
  }
  if (backlog_grew(run)) {
    findings.push_back({"backlog_growth", fmt::format("the backlog {}", forecast_of(run))});
  }
  if (const std::int64_t held = run.ledger.of(Reason::caller_limit); held > 0) {
    findings.push_back(
        {"caller_limit",
         fmt::format("{} calls were refused on the caller's side: {} were unanswered at once",
                     format_count(static_cast<std::uint64_t>(held)),
                     format_count(run.scenario.traffic.caller_limit))});
  }
  if (run.backend_served && run.backend_wasted && *run.backend_served > 0) {
    const double wasted =
        static_cast<double>(*run.backend_wasted) / static_cast<double>(*run.backend_served);
    if (wasted > notable_share) {
      findings.push_back({"wasted_work", fmt::format("{} of the backend's work was for callers "
                                                     "already gone",
                                                     format_percent(wasted))});
    }
  }
  return findings;
}

}  // namespace queuemeter
