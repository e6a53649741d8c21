// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/session_loop.hpp"

#include <algorithm>

namespace queuemeter {

SessionLoop::SessionLoop(const ArrivalPlan& plan, const Sessions& sessions,
                         const ClassDraw& classes, Share share, const RunWindow& window,
                         CallEntry& entry, Ledger::Planner& ledger, std::uint64_t call_limit)
    : TrafficSource{window, entry, ledger, call_limit},
      sessions_{sessions},
      classes_{classes},
      share_{share},
      arrivals_{plan, share.first, share.stride},
      next_arrival_{window.start + arrivals_.due()},
      next_sequence_{share.first},
      timers_{sessions.limit, window.start},
      session_of_(sessions.limit) {
  // The lowest seat on top, so that a small load keeps touching the same few cache lines.
  for (std::size_t seat = sessions.limit; seat-- > 0;) {
    free_seats_.push_back(static_cast<std::uint32_t>(seat));
  }
  entry.tell(this);
}

void SessionLoop::settled(std::uint32_t seat, Instant at, Ending ending) noexcept {
  if (seat == no_seat) {
    return;
  }
  const std::uint32_t made = timers_.tally(seat);
  if (made < sessions_.calls) {
    const Duration think =
        sessions_.habits.think_after(caller_draw_key(session_of_[seat], made - 1));
    const Instant due = queuemeter::next_due(timers_.due(seat), at, think, ending);
    if (due < window().measure_to) {
      timers_.set(seat, due);
      return;
    }
  }
  free_seats_.push_back(seat);  // there is room: it was made with as many
}

Instant SessionLoop::next_due() noexcept { return std::min(next_arrival_, timers_.next()); }

std::size_t SessionLoop::take_due(Instant until, std::span<PlannedCall> into) {
  std::size_t count = 0;
  while (count < into.size()) {
    // What comes first, so that a limit on sessions meets the same ones whatever the wake-ups.
    const bool arrives = next_arrival_ <= until;
    const std::uint32_t seat =
        timers_.take(arrives ? std::min(until, next_arrival_ - Duration{1}) : until);
    if (seat != CallerTimers::nobody) {
      into[count++] = plan(session_of_[seat], timers_.tally(seat)++, timers_.due(seat), seat);
    } else if (arrives) {
      into[count++] = begin_session();
    } else {
      break;
    }
  }
  return count;
}

PlannedCall SessionLoop::begin_session() {
  const auto session = static_cast<std::uint32_t>(arrivals_.sequence());
  const Instant due = next_arrival_;
  arrivals_.advance();
  next_arrival_ = window().start + arrivals_.due();
  if (free_seats_.empty()) {
    return plan(session, 0, due, no_seat);
  }
  const std::uint32_t seat = free_seats_.back();
  free_seats_.pop_back();
  session_of_[seat] = session;
  timers_.remember(seat, due);
  timers_.tally(seat) = 1;
  return plan(session, 0, due, seat);
}

PlannedCall SessionLoop::plan(std::uint32_t session, std::uint32_t call, Instant due,
                              std::uint32_t seat) noexcept {
  const std::uint64_t key = caller_draw_key(session, call);
  const std::uint64_t sequence = next_sequence_;
  next_sequence_ += share_.stride;
  return {.sequence = sequence,
          .planned_at = due,
          .draw_key = key,
          .caller = session,
          .seat = seat,
          .class_index = classes_.of(key)};
}

void SessionLoop::offer(std::span<const PlannedCall> due, Instant now) {
  while (!due.empty()) {
    const auto refused = std::ranges::find(due, no_seat, &PlannedCall::seat);
    const auto count = static_cast<std::size_t>(refused - due.begin());
    if (count > 0) {
      entry().offer(due.first(count), now);
    }
    due = due.subspan(count);
    if (!due.empty()) {
      entry().refuse(due.front(), Reason::caller_limit, now);
      due = due.subspan(1);
    }
  }
}

}  // namespace queuemeter
