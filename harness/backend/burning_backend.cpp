// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/burning_backend.hpp"

#include "harness/backend/burn.hpp"
#include "harness/backend/burn_gate.hpp"
#include "harness/backend/flight_table.hpp"
#include "harness/backend/saturating_add.hpp"
#include "harness/backend/service_fate.hpp"
#include "harness/backend/time_queue.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {
namespace {

/// One thread that burns: its calls wait in the order in which they were begun.
///
/// `called_at` is the instant of `begin`, so waiting for a slot, or for the thread to have done the
/// calls before, is part of the service, as with a real server.
class BurningClient final : public BackendClient {
 public:
  BurningClient(const SyntheticSettings& settings, BurnGate& gate, const Clock& clock,
                ReplySink& sink)
      : settings_{settings}, gate_{gate}, clock_{clock}, sink_{sink} {
    gate_.add_clock(clock_);
  }
  ~BurningClient() override { gate_.remove_clock(clock_); }

  void begin(CallHandle call, Instant now) override {
    const Reason refusal = gate_.arrive(now);
    const FlightNumber number = flights_.add(call);
    Flight& flight = flights_[number];
    flight.called_at = now;
    flight.reason = refusal;
    flight.order = ++begun_;
    if (refusal == Reason::none) {
      join_line(number);
    } else {
      answers_.push(end_of_freeze(settings_.freezes, now), {number, flight.order});
    }
  }

  void abandon(CallHandle call) override {
    const FlightNumber number = flights_.find(call);
    if (number == no_flight) {
      return;
    }
    const Flight& flight = flights_[number];
    if (flight.is_waiting) {
      leave_line(number);
      gate_.leave();
    } else if (is_observed(flight.started_at) && !flight.hangs) {
      gate_.end(flight.started_at, flight.ends_at, flight.fate_is_error, true);
    }
    flights_.remove(number);
    drop_stale_answers();
  }

  Instant step(Instant now) override {
    // What the sink begins during this step waits for the next one, so that a step always ends.
    const std::uint64_t last_order = begun_;
    deliver(now, last_order);
    if (first_waiting_ != no_flight && flights_[first_waiting_].order <= last_order &&
        now >= free_at_) {
      work_on_first(now);
    }
    drop_stale_answers();
    return next_wake();
  }

  [[nodiscard]] std::size_t in_flight() const noexcept override { return flights_.size(); }
  [[nodiscard]] Instant next_wake() const noexcept override {
    const Instant answer = answers_.empty() ? never : answers_.front_at();
    return first_waiting_ == no_flight
               ? answer
               : std::min(answer, std::max(free_at_, flights_[first_waiting_].called_at));
  }

 private:
  struct Flight {
    CallHandle call;
    Instant called_at = unobserved;
    Instant started_at = unobserved;  // of its burning
    Instant ends_at = unobserved;
    std::uint64_t order = 0;
    FlightNumber previous = no_flight;  // in the line
    FlightNumber next = no_flight;
    Reason reason = Reason::none;
    bool is_waiting = false;
    bool fate_is_error = false;
    bool hangs = false;
  };
  struct Answer {
    FlightNumber flight;
    std::uint64_t order;  // of `begin`
  };

  /// How long to wait before asking again for a slot that another thread has.
  static constexpr Duration look_again = std::chrono::microseconds{100};

  void work_on_first(Instant now) {
    const FlightNumber number = first_waiting_;
    const Instant gives_up_at =
        saturating_add(flights_[number].called_at, settings_.client_timeout);
    if (now > gives_up_at) {
      leave_line(number);
      gate_.leave();
      reply(number, Reason::backend_timeout, now);
      return;
    }
    if (!gate_.start(now)) {
      free_at_ = now + look_again;
      return;
    }
    leave_line(number);
    Flight& flight = flights_[number];
    const Call& call = flight.call.record->call;
    const ServiceFate fate = draw_fate(settings_.model, call.class_index, call.draw_key);
    flight.started_at = now;
    flight.fate_is_error = fate.is_error;
    flight.hangs = fate.hangs;
    if (fate.hangs) {
      gate_.hang();
      flight.reason = Reason::backend_timeout;
      if (gives_up_at != never) {
        answers_.push(gives_up_at, {number, flight.order});
      }
      return;
    }
    burn_cpu(fate.service);
    const Instant burnt_at = clock_.now();
    // A virtual clock stands still while the processor works, and a frozen backend as well.
    flight.ends_at = std::max(burnt_at, finish_of(settings_.freezes, now, fate.service));
    flight.reason = flight.ends_at > gives_up_at ? Reason::backend_timeout
                    : fate.is_error              ? Reason::backend_error
                                                 : Reason::none;
    if (flight.ends_at > burnt_at) {
      free_at_ = flight.ends_at;
      answers_.push(flight.ends_at, {number, flight.order});
    } else {
      finish(number, burnt_at);
    }
  }

  void deliver(Instant now, std::uint64_t last_order) {
    while (!answers_.empty() && answers_.front_at() <= now &&
           answers_.front().order <= last_order) {
      const Answer answer = answers_.front();
      answers_.pop();
      if (is_stale(answer)) {
        continue;
      }
      const Flight& flight = flights_[answer.flight];
      if (is_observed(flight.started_at) && !flight.hangs) {
        finish(answer.flight, now);
      } else {
        reply(answer.flight, flight.reason, now);
      }
    }
  }

  void finish(FlightNumber number, Instant now) {
    const Flight& flight = flights_[number];
    gate_.end(flight.started_at, flight.ends_at, flight.fate_is_error,
              flight.reason == Reason::backend_timeout);
    reply(number, flight.reason, now);
  }

  void reply(FlightNumber number, Reason reason, Instant now) {
    const Flight flight = flights_[number];
    flights_.remove(number);
    sink_.replied(flight.call, Reply{reason, flight.called_at, now});
  }

  void join_line(FlightNumber number) {
    Flight& flight = flights_[number];
    flight.is_waiting = true;
    flight.previous = last_waiting_;
    (last_waiting_ == no_flight ? first_waiting_ : flights_[last_waiting_].next) = number;
    last_waiting_ = number;
  }
  void leave_line(FlightNumber number) {
    Flight& flight = flights_[number];
    (flight.previous == no_flight ? first_waiting_ : flights_[flight.previous].next) = flight.next;
    (flight.next == no_flight ? last_waiting_ : flights_[flight.next].previous) = flight.previous;
    flight.is_waiting = false;
  }

  /// The call was abandoned; its place may carry another one by now.
  [[nodiscard]] bool is_stale(const Answer& answer) {
    return !flights_.is_occupied(answer.flight) || flights_[answer.flight].order != answer.order;
  }
  void drop_stale_answers() {
    while (!answers_.empty() && is_stale(answers_.front())) {
      answers_.pop();
    }
  }

  const SyntheticSettings& settings_;
  BurnGate& gate_;
  const Clock& clock_;
  ReplySink& sink_;
  FlightTable<Flight> flights_;
  TimeQueue<Answer> answers_;
  FlightNumber first_waiting_ = no_flight;
  FlightNumber last_waiting_ = no_flight;
  Instant free_at_ = Instant::min();  // not before then does this thread burn again
  std::uint64_t begun_ = 0;
};

class BurningBackend final : public Backend {
 public:
  explicit BurningBackend(SyntheticSettings settings)
      : settings_{std::move(settings)}, gate_{settings_.model} {}

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& clock, ReplySink& sink,
                                                           boost::asio::io_context*) override {
    return std::make_unique<BurningClient>(settings_, gate_, clock, sink);
  }
  [[nodiscard]] std::optional<BackendAccount> account() override { return gate_.account(); }

 private:
  const SyntheticSettings settings_;
  BurnGate gate_;
};

}  // namespace

std::unique_ptr<Backend> make_burning_backend(SyntheticSettings settings) {
  return std::make_unique<BurningBackend>(std::move(settings));
}

}  // namespace queuemeter
