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
    settlements_.of(0).duplicated(what.at);
    return;
  }
  CallRecord& record = *what.record;
  Settlement& settlement = settlements_.of(record);
  if (what.reordered) {
    settlement.reordered(record.call.planned_at);
  }
  Instant left_at = what.at;
  if (reply_returns_ && record.outcome == Outcome::completed) {
    record.at.returned_at = clock_.now();
    left_at = record.at.returned_at;
  }
  settlement.settle(record, left_at);
  pools_[record.call.offerer]->return_from(0, record);
}

}  // namespace queuemeter
