// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/findings.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

/// A share of the calls that is worth a word.
constexpr double notable_share = 0.01;

using Findings = std::vector<Finding>;

std::string calls_per_second(double rate) { return format_rate(Rate::per_second(rate)); }

std::string count_of(std::int64_t calls) {
  return format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(calls, 0)));
}

void add_broken_guarantee(Findings& findings, const RunDocument& run) {
  if (run.guarantee_broken) {
    findings.push_back(
        {"guarantee_broken",
         fmt::format("{} lost, {} duplicated, {} reordered: more than the queue's guarantee and "
                     "order allow",
                     losses_beyond_guarantee(run), run.ledger.duplicated, run.ledger.reordered)});
  }
}

void add_overload(Findings& findings, const RunDocument& run) {
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
                     count_of(held), format_count(run.scenario.traffic.caller_limit))});
  }
}

/// Chance alone spreads few calls unevenly; from so many per party on it does not come near these.
bool is_unfair(const std::optional<CallSpread>& spread) {
  constexpr double enough_calls = 30.0;
  constexpr double starved_below = 0.1;  // of the mean
  constexpr double even_from = 0.9;      // Jain's index
  return spread && spread->mean >= enough_calls &&
         (static_cast<double>(spread->min) < starved_below * spread->mean ||
          spread->jain < even_from);
}

/// A consumer that gets little is not wronged while nobody waits.
bool calls_waited_for_consumers(const RunDocument& run) {
  const auto mean_of = [&run](Span span) {
    const auto& summary = run.latency[static_cast<std::size_t>(span)];
    return summary ? summary->mean : Duration{0};
  };
  return mean_of(Span::queueing) > mean_of(Span::handoff) + mean_of(Span::service);
}

std::string spread_words(const CallSpread& spread) {
  return fmt::format("from {} to {} calls, {:.0f} on average (Jain's index {:.2f} of 1)",
                     format_count(spread.min), format_count(spread.max), spread.mean, spread.jain);
}

void add_unfairness(Findings& findings, const RunDocument& run) {
  if (const auto& callers = run.fairness.callers; is_unfair(callers)) {
    findings.push_back(
        {"unfair_callers", fmt::format("the {} callers were served unevenly: {}",
                                       format_count(callers->count), spread_words(*callers))});
  }
  if (const auto& consumers = run.fairness.consumers;
      is_unfair(consumers) && calls_waited_for_consumers(run)) {
    findings.push_back({"unfair_consumers",
                        fmt::format("calls waited while the {} consumers got unequal shares: {}",
                                    format_count(consumers->count), spread_words(*consumers))});
  }
}

/// A thread for each kept connection, and too few of them: the server is busy with the same few,
/// its rate looks right, and the rest waits.
void add_starvation(Findings& findings, const RunDocument& run) {
  constexpr double worth_a_word = 0.1;            // of the connections
  constexpr double answers_of_the_served = 30.0;  // each; beyond what hanging calls leave behind
  if (!run.connections || run.connections->passed_over == 0) {
    return;
  }
  const ConnectionUse& use = *run.connections;
  const auto served = static_cast<double>(use.used - use.passed_over);
  if (static_cast<double>(use.passed_over) >= worth_a_word * static_cast<double>(use.used) &&
      static_cast<double>(use.answers) >= answers_of_the_served * served) {
    findings.push_back(
        {"starved_connections",
         fmt::format("{} of {} connections served every call: the other {} waited for their first "
                     "answer while these got {} (a server with too few threads for the "
                     "connections it keeps)",
                     format_count(use.used - use.passed_over), format_count(use.used),
                     format_count(use.passed_over), format_count(use.answers))});
  }
}

void add_worker_troubles(Findings& findings, const RunDocument& run) {
  if (!run.worker_troubles) {
    return;
  }
  const WorkerTroubles& troubles = *run.worker_troubles;
  if (troubles.crashed > 0) {
    findings.push_back({"worker_crashes", fmt::format("worker processes that died at work: {}",
                                                      format_count(troubles.crashed))});
  }
  if (troubles.retries_denied > 0) {
    findings.push_back(
        {"retry_budget",
         fmt::format("the retry budget was used up: {} further attempts were made, {} were not",
                     format_count(troubles.retried), format_count(troubles.retries_denied))});
  }
}

void add_queue_events(Findings& findings, const RunDocument& run) {
  if (run.ledger.redelivered > 0) {
    findings.push_back(
        {"redelivered", fmt::format("calls that the queue delivered again because nobody had "
                                    "acknowledged them: {}",
                                    count_of(run.ledger.redelivered))});
  }
  if (run.foreign_messages > 0) {
    findings.push_back(
        {"foreign_messages", fmt::format("messages in the queue that were not of this run: {}",
                                         format_count(run.foreign_messages))});
  }
}

void add_front_troubles(Findings& findings, const RunDocument& run) {
  if (!run.front) {
    return;
  }
  const FrontResult& front = *run.front;
  if (front.forged > 0) {
    findings.push_back({"forged_callbacks",
                        fmt::format("callbacks to a URL that this run gave nobody, refused: {}",
                                    format_count(front.forged))});
  }
  if (front.strange > 0) {
    findings.push_back(
        {"strange_requests",
         fmt::format("requests to the watched backend without a call's id where path.call_id looks "
                     "for it: {}",
                     format_count(front.strange))});
  }
  if (front.missed > 0) {
    findings.push_back({"missed_reports",
                        fmt::format("answers of the watched backend that nobody heard of in time, "
                                    "so that their calls are unknown: {}",
                                    format_count(front.missed))});
  }
}

void add_wasted_work(Findings& findings, const RunDocument& run) {
  if (run.backend_served && run.backend_wasted && *run.backend_served > 0) {
    const double wasted =
        static_cast<double>(*run.backend_wasted) / static_cast<double>(*run.backend_served);
    if (wasted > notable_share) {
      findings.push_back({"wasted_work", fmt::format("{} of the backend's work was for callers "
                                                     "already gone",
                                                     format_percent(wasted))});
    }
  }
}

}  // namespace

std::vector<Finding> findings_of(const RunDocument& run) {
  Findings findings;
  if (!run.stopped_because.empty()) {
    findings.push_back({"stopped", run.stopped_because});
  }
  add_broken_guarantee(findings, run);
  add_overload(findings, run);
  add_unfairness(findings, run);
  add_starvation(findings, run);
  add_worker_troubles(findings, run);
  add_queue_events(findings, run);
  add_front_troubles(findings, run);
  add_wasted_work(findings, run);
  return findings;
}

}  // namespace queuemeter
