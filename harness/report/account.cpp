// SPDX-License-Identifier: Apache-2.0
#include "harness/report/account.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

namespace queuemeter {
namespace {

/// Adds a row for each reason, and one for what no reason explains.
void add_reasons(std::vector<AccountRow>& rows, const LedgerCounts& ledger, Outcome outcome,
                 std::initializer_list<std::pair<Reason, std::string>> reasons) {
  std::int64_t rest = ledger.of(outcome);
  for (const auto& [reason, label] : reasons) {
    rows.push_back({label, ledger.of(reason)});
    rest -= ledger.of(reason);
  }
  rows.push_back({fmt::format("{}, other reason", to_string(outcome)), rest});
}

}  // namespace

std::vector<AccountRow> account_of(const RunDocument& run) {
  const LedgerCounts& ledger = run.ledger;
  const TrafficSettings& traffic = run.scenario.traffic;
  std::vector<AccountRow> rows;
  rows.push_back({traffic.deadline
                      ? fmt::format("done in time ({})", format_duration(*traffic.deadline))
                      : "done",
                  ledger.goodput(), true});
  rows.push_back({"done, but late", ledger.late, true});
  add_reasons(rows, ledger, Outcome::rejected,
              {{Reason::full, "rejected, queue full"},
               {Reason::caller_limit, "rejected, caller limit"},
               {Reason::closed, "rejected, queue closed"}});
  rows.push_back({"shed by the queue", ledger.of(Outcome::shed)});
  rows.push_back({"expired before work began", ledger.of(Outcome::expired)});
  add_reasons(rows, ledger, Outcome::failed,
              {{Reason::reply_timeout,
                fmt::format("caller gave up after {}", format_duration(traffic.reply_timeout))},
               {Reason::backend_error, "failed, backend error"},
               {Reason::backend_refused, "failed, backend full (503)"},
               {Reason::backend_timeout, "failed, backend timeout"},
               {Reason::disconnected, "failed, connection broke"},
               {Reason::unreachable, "failed, no connection"},
               {Reason::wrong_answer, "failed, wrong answer"},
               {Reason::queue_failure, "failed, queue error"}});
  rows.push_back({"lost", ledger.of(Outcome::lost)});
  rows.push_back({"unfinished when the run ended", ledger.of(Outcome::unfinished)});
  rows.push_back({"unknown", ledger.of(Outcome::unknown)});
  rows.push_back({"never offered (unsent)", ledger.of(Outcome::unsent)});
  return rows;
}

}  // namespace queuemeter
