// SPDX-License-Identifier: Apache-2.0
#include "harness/report/account.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace queuemeter {
namespace {

/// Calls of `outcome` for `reason`. Reasons are not counted by outcome; where calls of another
/// outcome may have the same one, nobody can tell, and the calls go under "other reason".
std::int64_t certain_count(const LedgerCounts& ledger, Outcome outcome, Reason reason) {
  for (const Outcome other : all_outcomes) {
    if (other != outcome && is_possible(other, reason) && ledger.of(other) != 0) {
      return 0;
    }
  }
  return ledger.of(reason);
}

/// Adds a row for each reason, and one for what no reason explains.
void add_reasons(std::vector<AccountRow>& rows, const LedgerCounts& ledger, Outcome outcome,
                 std::string_view rest_label,
                 std::initializer_list<std::pair<Reason, std::string>> reasons) {
  std::int64_t rest = ledger.of(outcome);
  for (const auto& [reason, label] : reasons) {
    const std::int64_t calls = certain_count(ledger, outcome, reason);
    rows.push_back({label, calls});
    rest -= calls;
  }
  rows.push_back({std::string{rest_label}, rest});
}

/// "done in time (2 s)"; classes and drawn deadlines have more than one time.
std::string done_label(const TrafficSettings& traffic) {
  const std::vector<TrafficClass>& classes = traffic.classes;
  const bool of_classes = std::any_of(classes.begin(), classes.end(), [](const TrafficClass& each) {
    return each.deadline.has_value();
  });
  if (of_classes || (traffic.deadline && !traffic.deadline->is_constant())) {
    return "done in time (its deadline)";
  }
  return traffic.deadline
             ? fmt::format("done in time ({})", format_duration(traffic.deadline->mean()))
             : "done";
}

}  // namespace

std::vector<AccountRow> account_of(const RunDocument& run) {
  const LedgerCounts& ledger = run.ledger;
  const TrafficSettings& traffic = run.scenario.traffic;
  std::vector<AccountRow> rows;
  rows.push_back({done_label(traffic), ledger.goodput(), true});
  rows.push_back({"done, but late", ledger.late, true});
  add_reasons(rows, ledger, Outcome::rejected, "rejected, other reason",
              {{Reason::full, "rejected, queue full"},
               {Reason::caller_limit, "rejected, caller limit"},
               {Reason::closed, "rejected, queue closed"},
               {Reason::quota, "rejected, client's limit (429)"},
               {Reason::queue_failure, "rejected, queue error"}});
  rows.push_back({"shed by the queue", ledger.of(Outcome::shed)});
  rows.push_back({"expired before work began", ledger.of(Outcome::expired)});
  add_reasons(rows, ledger, Outcome::failed, "failed, other reason",
              {{Reason::reply_timeout,
                fmt::format("caller gave up after {}", format_duration(traffic.reply_timeout))},
               {Reason::backend_error, "failed, backend error"},
               {Reason::backend_refused, "failed, backend full (503)"},
               {Reason::backend_quota, "failed, backend's quota used up (429)"},
               {Reason::backend_timeout, "failed, backend timeout"},
               {Reason::disconnected, "failed, connection broke"},
               {Reason::unreachable, "failed, no connection"},
               {Reason::wrong_answer, "failed, wrong answer"},
               {Reason::queue_failure, "failed, queue error"}});
  add_reasons(rows, ledger, Outcome::lost, "lost",
              {{Reason::worker_died, "lost, its worker died"},
               {Reason::foreign_removal, "lost, removed by somebody else"},
               {Reason::no_callback, "lost, its callback never came"},
               {Reason::queue_restarted, "lost, the queue was restarted"},
               {Reason::hand_over, "lost, between queue and worker"}});
  rows.push_back({"unfinished when the run ended", ledger.of(Outcome::unfinished)});
  add_reasons(rows, ledger, Outcome::unknown, "unknown",
              {{Reason::unconfirmed, "unknown, never confirmed"},
               {Reason::worker_died, "unknown, its worker died"},
               {Reason::disconnected, "unknown, connection broke"},
               {Reason::queue_failure, "unknown, queue error"}});
  rows.push_back({"never offered (unsent)", ledger.of(Outcome::unsent)});
  return rows;
}

}  // namespace queuemeter
