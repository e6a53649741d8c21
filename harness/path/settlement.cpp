// SPDX-License-Identifier: Apache-2.0
#include "harness/path/settlement.hpp"

#include "harness/measure/single_writer.hpp"

namespace queuemeter {
namespace {

/// When the result was ready: returned, or replied where nothing returns it; unobserved where
/// nothing is called either.
Instant result_at(const CallRecord& record) noexcept {
  return is_observed(record.at.returned_at) ? record.at.returned_at : record.at.replied_at;
}

/// When a call was done: with its result, or else when it left the system.
Instant done_at(Instant result, Instant left_at) noexcept {
  return is_observed(result) ? result : left_at;
}

}  // namespace

void Settlement::offered(Instant planned_at, Instant offered_at) noexcept {
  recorder_.record(window_.phase_of(planned_at), Span::lateness, planned_at, offered_at);
  const Duration lateness = offered_at - planned_at;
  if (lateness.count() > worst_lateness_.load(std::memory_order_relaxed)) {
    worst_lateness_.store(lateness.count(), std::memory_order_relaxed);
  }
}

void Settlement::accepted(Instant planned_at, Instant offered_at, Instant accepted_at) noexcept {
  const Phase phase = window_.phase_of(planned_at);
  recorder_.record(phase, Span::admission, offered_at, accepted_at);
  if (answer_ == AnswerIs::acceptance) {
    recorder_.record(phase, Span::answer, planned_at, accepted_at);
  }
}

void Settlement::settle(const CallRecord& record, Instant now) noexcept {
  const Phase phase = window_.phase_of(record.call.planned_at);
  const Instant result = result_at(record);
  const Instant done = done_at(result, now);
  const bool completed = record.outcome == Outcome::completed;
  const bool late = completed && done > record.call.deadline;
  if (!ledger_.settle(record.call.sequence, phase, record.outcome, record.reason, late)) {
    return;  // settled before; the ledger counted the duplicate
  }
  if (is_observed(record.at.offered_at)) {
    flow_.passed(record.at.offered_at, now);
  }
  if (completed) {
    record_completed(record, phase, result);
    count_completed(done, late);
  }
}

void Settlement::wasted(const CallRecord& record) noexcept {
  if (is_observed(record.at.replied_at)) {
    ledger_.wasted(window_.phase_of(record.call.planned_at));
  }
}

void Settlement::correct(const CallRecord& record, Instant now) noexcept {
  const Phase phase = window_.phase_of(record.call.planned_at);
  const Instant result = result_at(record);
  const Instant done = done_at(result, now);
  const bool completed = record.outcome == Outcome::completed;
  const bool late = completed && done > record.call.deadline;
  if (!ledger_.correct(record.call.sequence, record.outcome, record.reason, late)) {
    ledger_.duplicated(phase);  // no longer correctable
  } else if (completed) {
    record_completed(record, phase, result);
    count_completed(done, late);
  }
}

void Settlement::count_completed(Instant done, bool late) noexcept {
  if (window_.measures(done)) {
    add_alone(completed_in_window_);
    if (!late) {
      add_alone(goodput_in_window_);
    }
  }
}

void Settlement::record_completed(const CallRecord& record, Phase phase, Instant result) noexcept {
  const Instants& at = record.at;
  recorder_.record(phase, Span::completion, record.call.planned_at, result);
  recorder_.record(phase, Span::queueing, at.offered_at, at.taken_at);
  if (detail_ == Detail::completion_and_queueing) {
    return;
  }
  // Where there is no queue, the handing over begins with the offer.
  const bool has_no_queue = !is_observed(at.taken_at) && detail_ != Detail::behind_a_front;
  recorder_.record(phase, Span::handoff, has_no_queue ? at.offered_at : at.taken_at, at.called_at);
  recorder_.record(phase, Span::service, at.called_at, at.replied_at);
  recorder_.record(phase, Span::returning, at.replied_at, at.returned_at);
}

}  // namespace queuemeter
