// SPDX-License-Identifier: Apache-2.0
#include "harness/path/call_entry.hpp"

#include <utility>

namespace queuemeter {

CallMaker::CallMaker(std::uint64_t run_id, std::uint64_t seed, std::uint16_t offerer,
                     std::vector<ClassTemplate> classes)
    : run_id_{run_id}, offerer_{offerer} {
  classes_.reserve(classes.size());
  for (ClassTemplate& form : classes) {
    const auto index = static_cast<std::uint16_t>(classes_.size());
    const bool draws_payload = form.payload.kind() != SizeDistribution::Kind::constant;
    const std::uint32_t payload_bytes = form.payload.largest();
    classes_.push_back({std::move(form), draws_payload, payload_bytes,
                        KeyedDraws{seed, DrawUse::payload, index},
                        KeyedDraws{seed, DrawUse::deadline, index}});
  }
}

void CallMaker::fill(CallRecord& record, const PlannedCall& planned) const noexcept {
  const Class& kind = classes_[planned.class_index];
  Call& call = record.call;
  call.run_id = run_id_;
  call.sequence = planned.sequence;
  call.draw_key = planned.draw_key;
  call.caller = planned.caller;
  call.offerer = offerer_;
  call.attempt = 1;
  call.class_index = planned.class_index;
  call.priority = kind.form.priority;
  call.payload_bytes = kind.draws_payload
                           ? kind.form.payload.sample(kind.payload.uniform(planned.draw_key))
                           : kind.payload_bytes;
  call.checksum = 0;
  call.planned_at = planned.planned_at;
  call.deadline =
      kind.form.deadline.has_value()
          ? planned.planned_at + kind.form.deadline->sample(kind.deadline.uniform(planned.draw_key))
          : never;
  record.at = Instants{};
  record.outcome = Outcome::completed;
  record.reason = Reason::none;
}

void CallMaker::settle_unsent(Settlements& settlements, const PlannedCall& planned) const noexcept {
  CallRecord record;
  fill(record, planned);
  record.outcome = Outcome::unsent;
  settlements.of(record).settle(record, planned.planned_at);
}

void CallMaker::settle_rejected(Settlements& settlements, const PlannedCall& planned, Reason reason,
                                Instant now) const noexcept {
  CallRecord record;
  fill(record, planned);
  record.at.offered_at = now;
  record.outcome = Outcome::rejected;
  record.reason = reason;
  Settlement& settlement = settlements.of(record);
  settlement.offered(planned.planned_at, now);
  settlement.settle(record, now);
}

}  // namespace queuemeter
