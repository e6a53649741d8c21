// SPDX-License-Identifier: Apache-2.0
#include "harness/simulation/simulation.hpp"

#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/run/assembly.hpp"
#include "harness/run/run_parts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace queuemeter {
namespace {

/// Anywhere but at the origin, so that a mix-up of instants and spans shows.
constexpr Instant virtual_start = Instant{std::chrono::hours{1}};

/// Drives the parts of a run in virtual time, one instant after the other.
class VirtualDriver {
 public:
  VirtualDriver(RunParts& parts, VirtualClock& clock)
      : parts_{parts},
        clock_{clock},
        workers_{parts.workers() == nullptr ? nullptr : parts.workers()->crew().stepped()} {
    for (OffererParts& offerer : parts_.offerers()) {
      offerer.entry->connect(nullptr);
    }
    if (workers_ != nullptr) {
      workers_->connect();
      parts_.workers()->settler().connect();
    }
  }
  ~VirtualDriver() {
    for (OffererParts& offerer : parts_.offerers()) {
      offerer.entry->disconnect();
    }
    if (workers_ != nullptr) {
      workers_->disconnect();
      parts_.workers()->settler().disconnect();
    }
  }
  VirtualDriver(const VirtualDriver&) = delete;
  VirtualDriver& operator=(const VirtualDriver&) = delete;

  /// Everything that happens now, in the order of cause and effect: replies free workers and
  /// callers, calls arrive, idle workers take them, what is done is settled. Returns when something
  /// happens next, which is now when a call was settled that somebody waits for.
  Instant step() {
    const Instant now = clock_.now();
    Instant wake_at = step_workers(now);
    if (workers_ != nullptr) {
      parts_.workers()->settler().step(now);
    }
    for (OffererParts& offerer : parts_.offerers()) {
      wake_at = std::min(wake_at, offerer.source->step(now));
    }
    wake_at = std::min(wake_at, step_workers(now));
    if (workers_ != nullptr) {
      parts_.workers()->settler().step(now);
    }
    return somebody_was_waiting() ? now : wake_at;
  }

  void abandon_rest() {
    const Instant now = clock_.now();
    for (OffererParts& offerer : parts_.offerers()) {
      offerer.entry->abandon_rest(now);
    }
    if (workers_ != nullptr) {
      workers_->abandon(now);
    }
  }

 private:
  [[nodiscard]] bool somebody_was_waiting() const {
    return std::ranges::any_of(parts_.offerers(), [](const OffererParts& offerer) {
      return offerer.pool->is_contested() && offerer.pool->has_returned();
    });
  }
  Instant step_workers(Instant now) { return workers_ == nullptr ? never : workers_->step(now); }

  RunParts& parts_;
  VirtualClock& clock_;
  SteppedWorkers* workers_;  // null on the direct path
};

/// How often the account is looked at, in virtual time, as a run's ticks would.
class AccountWatch {
 public:
  AccountWatch(Ledger& ledger, Duration period, Instant start)
      : ledger_{ledger}, period_{period}, next_{start} {}

  void look(Instant now) {
    if (now < next_) {
      return;
    }
    next_ = now + period_;
    for (const LedgerCounts& counts : ledger_.merge()) {
      balanced_ = balanced_ && counts.in_flight() >= 0;
    }
  }
  [[nodiscard]] bool balanced() const noexcept { return balanced_; }

 private:
  Ledger& ledger_;
  Duration period_;
  Instant next_;
  bool balanced_ = true;
};

/// Looks at the parts while time stands still, and at the edges of the measured window.
class OccupancyWatch {
 public:
  explicit OccupancyWatch(RunParts& parts) : parts_{parts}, window_{parts.window()} {}

  /// The next instant at which it wants to look.
  [[nodiscard]] Instant next_edge(Instant now) const noexcept {
    if (now < window_.measure_from) {
      return window_.measure_from;
    }
    return now < window_.measure_to ? window_.measure_to : never;
  }
  /// Nothing changes from `now` to `until`.
  void look(Instant now, Instant until) {
    if (now == window_.measure_from) {
      opening_ = read(now);
    }
    if (now == window_.measure_to) {
      closing_ = read(now);
    }
    if (window_.measures(now) && parts_.queue() != nullptr) {
      const auto depth = static_cast<double>(parts_.queue()->depth().value_or(0));
      queued_s_ += depth * to_seconds(std::min(until, window_.measure_to) - now);
    }
  }
  [[nodiscard]] Occupancy occupancy() const noexcept {
    const double length = to_seconds(window_.measure_to - window_.measure_from);
    return {.queued = queued_s_ / length,
            .workers_busy = (closing_.workers_s - opening_.workers_s) / length,
            .backend_busy = (closing_.backend_s - opening_.backend_s) / length};
  }

 private:
  struct Busy {
    double workers_s = 0.0;
    double backend_s = 0.0;
  };
  [[nodiscard]] Busy read(Instant now) {
    return {.workers_s = to_seconds(parts_.worker_busy_time(now).value_or(Duration{0})),
            .backend_s = parts_.backend()->account().value_or(BackendAccount{}).busy_seconds};
  }

  RunParts& parts_;
  RunWindow window_;
  Busy opening_;
  Busy closing_;
  double queued_s_ = 0.0;
};

/// Runs until nothing is left to happen or the drain's time is up; when that was.
Instant drive(VirtualDriver& driver, RunParts& parts, VirtualClock& clock, AccountWatch& watch,
              OccupancyWatch& occupancy, Duration drain) {
  const Instant end = parts.window().measure_to + drain;
  for (;;) {
    const Instant now = clock.now();
    const Instant wake_at = std::min(driver.step(), occupancy.next_edge(now));
    watch.look(now);
    occupancy.look(now, wake_at);
    if (wake_at == never || wake_at > end) {
      return wake_at == never ? clock.now() : end;
    }
    clock.advance_to(wake_at);
  }
}

}  // namespace

Result<SimulationResult> simulate(const Scenario& scenario, const OpenQueue& open_queue) {
  if (scenario.path.kind == PathKind::front) {
    return Error::usage(
        "path.kind: a site is not simulated, because nobody knows what is inside; use \"queued\"");
  }
  auto records = std::make_unique<RecordTable>(1);
  RunParts::Queues queues;
  if (scenario.path.kind == PathKind::queued) {
    QueueContext context = make_queue_context(scenario, *records);
    Result<std::unique_ptr<Queue>> opened = open_queue(make_queue_settings(scenario), context);
    if (!opened) {
      return opened.error();
    }
    queues.calls = std::move(*opened);
    if (scenario.path.reply == ReplyKind::queue) {
      context.role = "replies";
      opened = open_queue(make_queue_settings(scenario), context);
      if (!opened) {
        return opened.error();
      }
      queues.replies = std::move(*opened);
    }
  }
  VirtualClock clock{virtual_start};
  Result<ArrivalPlan> arrivals = make_arrival_plan(scenario);
  if (!arrivals) {
    return arrivals.error();
  }
  const RunWindow window = make_window(scenario, *arrivals, virtual_start);
  RunParts parts{scenario,
                 window,
                 clock,
                 std::move(*arrivals),
                 std::move(records),
                 std::move(queues),
                 make_synthetic_backend(make_synthetic_settings(scenario, window))};

  OccupancyWatch occupancy{parts};
  AccountWatch watch{parts.ledger(), scenario.run.tick, virtual_start};
  SimulationResult result;
  {
    VirtualDriver driver{parts, clock};
    const Instant ended = drive(driver, parts, clock, watch, occupancy, scenario.run.drain);
    clock.advance_to(ended);
    result.drained_after = std::max(Duration{0}, ended - window.measure_to);
    driver.abandon_rest();
    parts.sweep();
    // The clients must still be there: what they abandoned shows in the backend's account.
    result.backend = parts.backend()->account().value_or(BackendAccount{});
  }
  result.counts = parts.ledger().merge();
  for (const Span span : all_spans) {
    result.spans[static_cast<std::size_t>(span)] = parts.recorders().merged(Phase::measure, span);
  }
  result.flow = parts.flow();
  result.occupancy = occupancy.occupancy();
  result.balanced_throughout = watch.balanced();
  return result;
}

}  // namespace queuemeter
