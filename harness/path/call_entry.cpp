// SPDX-License-Identifier: Apache-2.0
#include "harness/path/call_entry.hpp"

namespace queuemeter {

void fill_record(CallRecord& record, const CallTemplate& common, std::uint32_t caller,
                 const PlannedCall& planned) noexcept {
  record.call = Call{};
  record.call.run_id = common.run_id;
  record.call.sequence = planned.sequence;
  record.call.caller = caller;
  record.call.payload_bytes = common.payload_bytes;
  record.call.planned_at = planned.planned_at;
  record.call.deadline =
      common.deadline == Duration::max() ? never : planned.planned_at + common.deadline;
  record.at = Instants{};
  record.at.planned_at = planned.planned_at;
  record.outcome = Outcome::completed;
  record.reason = Reason::none;
}

void settle_unsent(Settlement& settlement, const CallTemplate& common, std::uint32_t caller,
                   const PlannedCall& planned) noexcept {
  CallRecord record;
  fill_record(record, common, caller, planned);
  record.outcome = Outcome::unsent;
  settlement.settle(record, planned.planned_at);
}

void settle_rejected(Settlement& settlement, const CallTemplate& common, std::uint32_t caller,
                     const PlannedCall& planned, Reason reason, Instant now) noexcept {
  CallRecord record;
  fill_record(record, common, caller, planned);
  record.at.offered_at = now;
  record.outcome = Outcome::rejected;
  record.reason = reason;
  settlement.offered(planned.planned_at, now);
  settlement.settle(record, now);
}

}  // namespace queuemeter
