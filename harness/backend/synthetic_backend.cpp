// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/synthetic_backend.hpp"

#include "harness/backend/burning_backend.hpp"
#include "harness/backend/flight_table.hpp"
#include "harness/backend/synthetic_gate.hpp"
#include "harness/backend/time_queue.hpp"

#include <utility>

namespace queuemeter {
namespace {

/// One thread's view of the gate: remembers which answers it is owed and when.
///
/// A call that left us at `begin` has `called_at` = that instant: waiting for a slot of the backend
/// is part of its service, as with a real server. `replied_at` is the instant at which the driver
/// noticed, so that a late wake-up is measured as it would be with a socket; under a virtual
/// clock it is exact.
class SyntheticClient final : public BackendClient {
 public:
  SyntheticClient(SyntheticGate& gate, const Clock& clock, ReplySink& sink)
      : gate_{gate}, clock_{clock}, sink_{sink} {
    gate_.add_clock(clock_);
  }
  ~SyntheticClient() override { gate_.remove_clock(clock_); }

  void begin(CallHandle call, Instant now) override {
    const Call& wanted = call.record->call;
    const Admission admission = gate_.admit(wanted.class_index, wanted.draw_key, now);
    const FlightNumber number = flights_.add(call);
    Flight& flight = flights_[number];
    flight.called_at = now;
    flight.ticket = admission.ticket;
    flight.reason = admission.reason;
    flight.order = ++begun_;
    if (admission.answer_at != never) {
      answers_.push(admission.answer_at, {call.record, number, flight.order});
    }
  }

  void abandon(CallHandle call) override {
    const FlightNumber number = flights_.find(call);
    if (number == no_flight) {
      return;
    }
    gate_.leave(flights_[number].ticket);
    flights_.remove(number);
    drop_stale_answers();
  }

  Instant step(Instant now) override {
    // What the sink begins during this step waits for the next one, so that a step always ends.
    const std::uint64_t last_order = begun_;
    while (!answers_.empty() && answers_.front_at() <= now &&
           answers_.front().order <= last_order) {
      const Answer answer = answers_.front();
      answers_.pop();
      if (is_stale(answer)) {
        continue;
      }
      const Flight flight = flights_[answer.flight];
      flights_.remove(answer.flight);
      sink_.replied(flight.call, Reply{flight.reason, flight.called_at, now});
    }
    drop_stale_answers();
    return next_wake();
  }

  [[nodiscard]] std::size_t in_flight() const noexcept override { return flights_.size(); }
  [[nodiscard]] Instant next_wake() const noexcept override {
    return answers_.empty() ? never : answers_.front_at();
  }

 private:
  struct Flight {
    CallHandle call;
    Instant called_at = unobserved;
    std::uint64_t ticket = 0;
    std::uint64_t order = 0;
    Reason reason = Reason::none;
  };
  struct Answer {
    const CallRecord* record;  // to be fetched; it may be of another call by then
    FlightNumber flight;
    std::uint64_t order;  // of `begin`
  };

  /// With thousands of calls in flight, their places and records are not in the cache any more.
  struct FetchCall {
    const FlightTable<Flight>* flights;
    void operator()(const Answer& answer) const noexcept {
      __builtin_prefetch(&(*flights)[answer.flight], 1);
      const char* const record = reinterpret_cast<const char*>(answer.record);
      for (std::size_t line = 0; line < sizeof(CallRecord); line += 64) {
        __builtin_prefetch(record + line, 1);
      }
    }
  };

  /// The call was abandoned; its place may carry another one by now.
  [[nodiscard]] bool is_stale(const Answer& answer) {
    return !flights_.is_occupied(answer.flight) || flights_[answer.flight].order != answer.order;
  }
  void drop_stale_answers() {
    while (!answers_.empty() && is_stale(answers_.front())) {
      answers_.pop();
    }
  }

  SyntheticGate& gate_;
  const Clock& clock_;
  ReplySink& sink_;
  FlightTable<Flight> flights_;
  // Those that are due together come in the order of `begin`.
  TimeQueue<Answer, FetchCall> answers_{FetchCall{&flights_}};
  std::uint64_t begun_ = 0;
};

class SyntheticBackend final : public Backend {
 public:
  explicit SyntheticBackend(SyntheticSettings settings) : gate_{std::move(settings)} {}

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& clock, ReplySink& sink,
                                                           boost::asio::io_context*) override {
    return std::make_unique<SyntheticClient>(gate_, clock, sink);
  }
  [[nodiscard]] std::optional<BackendAccount> account() override { return gate_.account(); }

 private:
  SyntheticGate gate_;
};

}  // namespace

std::unique_ptr<Backend> make_synthetic_backend(SyntheticSettings settings) {
  if (settings.model.work == ServiceModel::Work::burn) {
    return make_burning_backend(std::move(settings));
  }
  return std::make_unique<SyntheticBackend>(std::move(settings));
}

}  // namespace queuemeter
