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
    const bool hangs = admission.answer_at == never;
    const Flight flight{call, now, admission.ticket, ++begun_, admission.reason, hangs};
    const FlightNumber number =
        hangs ? flights_.keep(flight) : flights_.push(admission.answer_at, flight);
    ++in_flight_;
    if (is_indexed_) {
      index_.insert(call.record, number);
    }
  }

  void abandon(CallHandle call) override {
    const FlightNumber number = find(call);
    if (number == no_flight) {
      return;
    }
    Flight& flight = flights_[number];
    gate_.leave(flight.ticket);
    index_.erase(call.record);
    --in_flight_;
    flight.call.record = nullptr;
    if (flight.hangs) {
      flights_.let_go(number);
    }
    drop_abandoned();
  }

  Instant step(Instant now) override {
    // What the sink begins during this step waits for the next one, so that a step always ends.
    const std::uint64_t last_order = begun_;
    while (!flights_.empty() && flights_.front_at() <= now &&
           flights_.front().order <= last_order) {
      const Flight flight = flights_.front();
      flights_.front().call.record = nullptr;
      flights_.pop();
      if (flight.call.record == nullptr) {
        continue;
      }
      --in_flight_;
      if (is_indexed_) {
        index_.erase(flight.call.record);
      }
      sink_.replied(flight.call, Reply{flight.reason, flight.called_at, now});
    }
    drop_abandoned();
    return next_wake();
  }

  [[nodiscard]] std::size_t in_flight() const noexcept override { return in_flight_; }
  [[nodiscard]] Instant next_wake() const noexcept override {
    return flights_.empty() ? never : flights_.front_at();
  }

 private:
  struct Flight {
    CallHandle call;  // without a record: abandoned, or over
    Instant called_at;
    std::uint64_t ticket;
    std::uint64_t order;  // of `begin`
    Reason reason;
    bool hangs;  // nothing will come: it is not in order of time
  };
  /// With thousands of calls in flight, their records are not in the cache any more, nor is what a
  /// worker keeps behind them.
  struct FetchRecord {
    void operator()(const Flight& flight) const noexcept {
      const char* const record = reinterpret_cast<const char*>(flight.call.record);
      for (std::size_t line = 0; line <= sizeof(CallRecord); line += 64) {
        __builtin_prefetch(record + line, 1);
      }
    }
  };

  /// The first time it is asked this makes an index, which is kept up from then on: a client whose
  /// callers never leave does not pay for it.
  [[nodiscard]] FlightNumber find(CallHandle call) {
    if (!is_indexed_) {
      make_index();
    }
    const FlightNumber number = index_.find(call.record);
    return number != no_flight && flights_[number].call.sequence == call.sequence ? number
                                                                                  : no_flight;
  }
  void make_index() {
    for (FlightNumber number = 0; number < flights_.places(); ++number) {
      if (const CallRecord* const record = flights_[number].call.record; record != nullptr) {
        index_.insert(record, number);
      }
    }
    is_indexed_ = true;
  }
  void drop_abandoned() {
    while (!flights_.empty() && flights_.front().call.record == nullptr) {
      flights_.pop();
    }
  }

  SyntheticGate& gate_;
  const Clock& clock_;
  ReplySink& sink_;
  // Those that are due together come in the order of `begin`.
  TimeQueue<Flight, FetchRecord> flights_;
  std::size_t in_flight_ = 0;
  std::uint64_t begun_ = 0;
  FlightIndex index_;
  bool is_indexed_ = false;
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
