// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_entry.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {
namespace {

/// Questions of a sweep that are out at once.
constexpr std::size_t sweep_breadth = 64;
/// How long a result may be on its way here after the site has said that it is done with the call.
constexpr Duration sweep_grace = std::chrono::milliseconds{100};

}  // namespace

FrontEntry::FrontEntry(const Clock& clock, CallMaker maker, CallPool& pool, const Ways& ways,
                       Settlements& settlements, const RunWindow& window, const Rules& rules)
    : clock_{clock},
      maker_{std::move(maker)},
      pool_{pool},
      ways_{ways},
      settlements_{settlements},
      window_{window},
      rules_{rules},
      seats_(pool.capacity()),
      by_sequence_{pool.capacity()},
      late_{pool.capacity()},
      patience_{pool.capacity()},
      next_looks_{pool.capacity()} {}

void FrontEntry::connect(boost::asio::io_context* loop) {
  requests_ = ways_.requests.make_client(clock_, answers_, loop);
  if (ways_.results != nullptr) {
    results_ = ways_.results->make_client(clock_, looks_, loop);
  }
  if (ways_.completions != nullptr) {
    ways_.completions->open(*this);
  }
}

void FrontEntry::disconnect() {
  if (ways_.completions != nullptr) {
    ways_.completions->close();
  }
  results_.reset();
  requests_.reset();
}

void FrontEntry::offer(std::span<const PlannedCall> due, Instant now) {
  for (const PlannedCall& call : due) {
    CallRecord* const record = pool_.acquire();
    if (record == nullptr) {
      refuse(call, Reason::caller_limit, now);
      continue;
    }
    maker_.fill(*record, call);
    const Instant offered_at = clock_.now();
    record->at.offered_at = offered_at;
    settlements_.of(call.class_index).offered(call.planned_at, offered_at);
    record->publish(call.sequence);
    const std::size_t index = pool_.index_of(*record);
    seats_[index] = {
        .caller = call.seat, .state = Seat::State::asked, .caller_waits = callers_wait()};
    by_sequence_.insert(call.sequence, static_cast<std::uint32_t>(index));
    patience_.add(index, call.planned_at + rules_.reply_timeout);
    requests_->begin({record, call.sequence}, offered_at);
  }
}

Instant FrontEntry::step(Instant now) {
  requests_->step(now);
  if (results_ != nullptr) {
    results_->step(now);
  }
  while (patience_.first_expiry() <= now) {
    out_of_patience(patience_.first(), now);
  }
  while (next_looks_.first_expiry() <= now) {
    look(next_looks_.first(), now);
  }
  const Instant results_wake = results_ == nullptr ? never : results_->next_wake();
  return std::min(
      {requests_->next_wake(), results_wake, patience_.first_expiry(), next_looks_.first_expiry()});
}

void FrontEntry::answered(CallHandle call, const Reply& reply) {
  CallRecord& record = *call.record;
  const RequestAnswer answer = read_answer(reply, rules_.words);
  const bool is_early = seats_[pool_.index_of(record)].state == Seat::State::early;
  if (answer.outcome != Outcome::completed) {
    if (is_early) {
      settlements_.of(record).wasted(record.call.planned_at);
    }
    end(record, answer.outcome, answer.reason, reply.replied_at);
  } else if (rules_.completed_by == CompletedBy::response) {
    record.at.returned_at = reply.replied_at;
    end(record, Outcome::completed, Reason::none, reply.replied_at);
  } else {
    taken(record, reply);
  }
}

void FrontEntry::taken(CallRecord& record, const Reply& reply) {
  Seat& seat = seats_[pool_.index_of(record)];
  const bool is_early = seat.state == Seat::State::early;
  seat.can_be_asked = can_be_asked(record, reply);
  if (rules_.completed_by == CompletedBy::poll && !seat.can_be_asked) {
    end(record, Outcome::failed, Reason::wrong_answer, reply.replied_at);
    return;
  }
  accept(record, reply.replied_at);
  if (is_early) {
    end(record, record.outcome, record.reason, reply.replied_at);
  }
}

bool FrontEntry::can_be_asked(const CallRecord& record, const Reply& reply) {
  if (ways_.results == nullptr) {
    return false;
  }
  return ways_.places == nullptr || ways_.places->keep(record.call.slot, reply.location);
}

void FrontEntry::accept(CallRecord& record, Instant now) {
  settlements_.of(record).accepted(record.call.planned_at, record.at.offered_at, now);
  const std::size_t index = pool_.index_of(record);
  seats_[index].state = Seat::State::owed;
  if (!seats_[index].caller_waits) {
    patience_.remove(index);
  }
  if (rules_.completed_by == CompletedBy::poll) {
    next_looks_.add(index, now + rules_.poll_interval);
  }
}

void FrontEntry::completed(const Completion& completion) {
  const std::uint32_t index = by_sequence_.find(completion.sequence);
  if (index == decltype(by_sequence_)::nothing) {
    if (const auto late = late_.take(completion.sequence); late.has_value()) {
      settlements_.of(late->class_index).wasted(late->planned_at);
    } else {
      settlements_.of(std::uint16_t{0}).duplicated(clock_.now());
    }
    return;
  }
  Seat& seat = seats_[index];
  CallRecord& record = pool_.records()[index];
  if (seat.state == Seat::State::early) {
    settlements_.of(record).duplicated(clock_.now());
    return;
  }
  record.at.taken_at = completion.taken_at;
  record.at.called_at = completion.called_at;
  record.at.replied_at = completion.replied_at;
  record.at.returned_at = completion.returned_at;
  if (seat.state == Seat::State::asked) {
    record.outcome = completion.outcome;
    record.reason = completion.reason;
    seat.state = Seat::State::early;
  } else {
    end(record, completion.outcome, completion.reason, clock_.now());
  }
}

void FrontEntry::look(std::size_t index, Instant now) {
  CallRecord& record = pool_.records()[index];
  next_looks_.remove(index);
  seats_[index].state = Seat::State::looking;
  seats_[index].looked_at = now;
  results_->begin({&record, record.call.sequence}, now);
}

void FrontEntry::looked(CallHandle call, const Reply& reply) {
  CallRecord& record = *call.record;
  Seat& seat = seats_[pool_.index_of(record)];
  seat.state = Seat::State::owed;
  const ResultAnswer answer = read_result(reply, rules_.words);
  if (is_observed(sweep_ends_)) {
    --sweep_out_;
    found_in_sweep(record, answer, reply.replied_at);
    ask_next(reply.replied_at);
    return;
  }
  if (window_.phase_of(record.call.planned_at) == Phase::measure) {
    ++polls_.asked;
    polls_.unanswered += answer == ResultAnswer::no_answer ? 1 : 0;
    polls_.time += reply.replied_at - seat.looked_at;
  }
  found(record, answer, reply.replied_at);
}

bool FrontEntry::end_for_good(CallRecord& record, ResultAnswer answer, Instant now) {
  switch (answer) {
    case ResultAnswer::dropped:
      end_dropped(record, now);
      return true;
    case ResultAnswer::failed:
      end(record, Outcome::failed, Reason::backend_error, now);
      return true;
    case ResultAnswer::expired:
      end(record, Outcome::expired, Reason::deadline, now);
      return true;
    case ResultAnswer::ready:
    case ResultAnswer::not_yet:
    case ResultAnswer::nowhere:
    case ResultAnswer::no_answer:
      return false;
  }
  return false;
}

void FrontEntry::found(CallRecord& record, ResultAnswer answer, Instant now) {
  if (end_for_good(record, answer, now)) {
    return;
  }
  if (answer == ResultAnswer::ready) {
    record.at.returned_at = now;
    end(record, Outcome::completed, Reason::none, now);
    return;
  }
  // Also where it knows nothing of the call: many a site does only when its result is there.
  next_looks_.add(pool_.index_of(record), now + rules_.poll_interval);
}

void FrontEntry::end_dropped(CallRecord& record, Instant now) {
  if (record.call.deadline != never) {
    end(record, Outcome::expired, Reason::deadline, now);
  } else {
    end(record, Outcome::shed, Reason::none, now);
  }
}

void FrontEntry::out_of_patience(std::size_t index, Instant now) {
  CallRecord& record = pool_.records()[index];
  Seat& seat = seats_[index];
  switch (seat.state) {
    case Seat::State::asked:
      requests_->abandon({&record, record.call.sequence});
      end(record, Outcome::failed, Reason::reply_timeout, now);
      break;
    case Seat::State::early:
      requests_->abandon({&record, record.call.sequence});
      settlements_.of(record).wasted(record.call.planned_at);
      end(record, Outcome::failed, Reason::reply_timeout, now);
      break;
    case Seat::State::owed:
    case Seat::State::looking:
    case Seat::State::judged:
    case Seat::State::idle:
      patience_.remove(index);
      seat.caller_waits = false;
      tell_settled(seat.caller, now);
      break;
  }
}

void FrontEntry::begin_sweep(Instant now) {
  sweep_ends_ = now + rules_.sweep_patience;
  while (!next_looks_.empty()) {
    next_looks_.remove(next_looks_.first());
  }
  sweep_out_ = static_cast<std::size_t>(std::ranges::count_if(
      seats_, [](const Seat& seat) { return seat.state == Seat::State::looking; }));
  if (results_ != nullptr) {
    ask_next(now);
  }
}

void FrontEntry::ask_next(Instant now) {
  while (sweep_next_ < seats_.size() && sweep_out_ < sweep_breadth &&
         sweep_asked_ < rules_.sweep_calls) {
    const std::size_t index = sweep_next_++;
    if (seats_[index].state != Seat::State::owed || !seats_[index].can_be_asked) {
      continue;
    }
    CallRecord& record = pool_.records()[index];
    seats_[index].state = Seat::State::looking;
    ++sweep_asked_;
    ++sweep_out_;
    results_->begin({&record, record.call.sequence}, now);
  }
}

void FrontEntry::found_in_sweep(CallRecord& record, ResultAnswer answer, Instant now) {
  if (end_for_good(record, answer, now)) {
    return;
  }
  switch (answer) {
    case ResultAnswer::not_yet:
      record.outcome = Outcome::unfinished;
      record.reason = Reason::drain_ended;
      break;
    case ResultAnswer::ready:
      record.outcome =
          rules_.completed_by == CompletedBy::poll ? Outcome::unfinished : Outcome::lost;
      record.reason =
          rules_.completed_by == CompletedBy::poll ? Reason::drain_ended : Reason::no_callback;
      break;
    case ResultAnswer::nowhere:
      record.outcome = Outcome::lost;
      record.reason = Reason::none;
      break;
    case ResultAnswer::no_answer:
    case ResultAnswer::dropped:
    case ResultAnswer::failed:
    case ResultAnswer::expired:
      return;  // as it was: unknown, or ended above
  }
  seats_[pool_.index_of(record)].state = Seat::State::judged;
  if (record.outcome == Outcome::lost) {
    sweep_settles_at_ = now + sweep_grace;
  }
}

bool FrontEntry::is_sweeping(Instant now) const noexcept {
  return now < sweep_ends_ && (sweep_out_ > 0 || now < sweep_settles_at_);
}

void FrontEntry::abandon_rest(Instant now) {
  for (std::size_t index = 0; index < seats_.size(); ++index) {
    CallRecord& record = pool_.records()[index];
    const CallHandle call{&record, record.call.sequence};
    switch (seats_[index].state) {
      case Seat::State::idle:
        break;
      case Seat::State::asked:
      case Seat::State::early:
        requests_->abandon(call);
        end(record, Outcome::unfinished, Reason::drain_ended, now);
        break;
      case Seat::State::looking:
        results_->abandon(call);
        end(record, Outcome::unknown, Reason::drain_ended, now);
        break;
      case Seat::State::owed:
        end(record, Outcome::unknown, Reason::drain_ended, now);
        break;
      case Seat::State::judged:
        end(record, record.outcome, record.reason, now);
        break;
    }
  }
}

void FrontEntry::end(CallRecord& record, Outcome outcome, Reason reason, Instant now) {
  record.outcome = outcome;
  record.reason = reason;
  settlements_.of(record).settle(record, now);
  const std::uint64_t sequence = record.call.sequence;
  if (outcome == Outcome::failed && ways_.completions != nullptr) {
    late_.remember({.sequence = sequence,
                    .planned_at = record.call.planned_at,
                    .class_index = record.call.class_index});
  }
  by_sequence_.erase(sequence);
  const std::size_t index = pool_.index_of(record);
  if (patience_.is_listed(index)) {
    patience_.remove(index);
  }
  if (next_looks_.is_listed(index)) {
    next_looks_.remove(index);
  }
  const Seat seat = std::exchange(seats_[index], {});
  pool_.give_back(record);
  if (seat.caller_waits) {
    tell_settled(
        seat.caller, now,
        outcome == Outcome::rejected ? SettledSink::Ending::refused : SettledSink::Ending::over);
  }
}

}  // namespace queuemeter
