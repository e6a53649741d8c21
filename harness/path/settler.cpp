// SPDX-License-Identifier: Apache-2.0
#include "harness/path/settler.hpp"

namespace queuemeter {

Instant Settler::step(Instant /*now*/) {
  Returned what;
  while (inbox_.take(what)) {
    settle(what);
  }
  return never;
}

void Settler::settle(const Returned& what) noexcept {
  if (what.kind == Returned::Kind::duplicate) {
    settlement_.duplicated(what.at);
    return;
  }
  CallRecord& record = *what.record;
  if (what.reordered) {
    settlement_.reordered(record.call.planned_at);
  }
  Instant left_at = what.at;
  if (reply_returns_ && record.outcome == Outcome::completed) {
    record.at.returned_at = clock_.now();
    left_at = record.at.returned_at;
  }
  settlement_.settle(record, left_at);
  pools_[record.call.caller]->return_from_settler(record);
}

}  // namespace queuemeter
