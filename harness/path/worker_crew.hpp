// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/stepper.hpp"
#include "harness/measure/roles.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// What a crew has done so far. Totals of all phases.
struct WorkerCounts {
  std::uint64_t taken = 0;    ///< deliveries taken from the queue, of whatever became of them
  std::uint64_t retried = 0;  ///< further attempts at a call whose backend failed it
  // Of workers that are processes; 0 elsewhere.
  std::uint64_t started = 0;   ///< children, the replaced ones included
  std::uint64_t recycled = 0;  ///< children that ended after their share of calls
  std::uint64_t crashed = 0;   ///< children that died in any other way
};

/// Workers as one thread steps them in virtual time, in place of their own threads.
///
/// One thread. `connect` before the first step, `disconnect` after the last.
class SteppedWorkers : public Stepper {
 public:
  /// Makes every worker's ends of the queues and of the backend, without sockets.
  virtual void connect() = 0;
  /// Gives up the calls in hand: the run is over, they are unfinished.
  virtual void abandon(Instant now) = 0;
  virtual void disconnect() = 0;
};

/// All workers of a run, whatever they are made of: threads, asynchronous slots or processes.
///
/// What workers are done with goes to the `ReturnSink` that the crew was made with.
/// Constructed, started and stopped by one thread, the conductor's; the rest as it says.
class WorkerCrew {
 public:
  WorkerCrew() = default;
  WorkerCrew(const WorkerCrew&) = delete;
  WorkerCrew& operator=(const WorkerCrew&) = delete;
  /// Stops.
  virtual ~WorkerCrew() = default;

  /// Starts all threads or processes; threads enrol with `roles`, which must outlive the crew's
  /// stop. An error: one of them cannot be had; nothing runs then.
  [[nodiscard]] virtual Result<void> start(RoleRegistry& roles) = 0;
  /// Ends them all; calls still in their hands are handed back as unfinished. Idempotent.
  virtual void stop() = 0;

  /// After `stop`, and when the reply queue has been emptied: hands back as lost the calls of dead
  /// workers whose replies might still have come. How many. The conductor's thread.
  virtual std::size_t settle_doubts() { return 0; }

  /// Workers that died without a call that anybody knew of: a queue may have lost one to each,
  /// which only the sweep can tell. Any thread.
  [[nodiscard]] virtual std::uint64_t died_between_calls() const noexcept { return 0; }

  /// How many calls can be worked on at once: threads, slots or processes. Immutable.
  [[nodiscard]] virtual std::size_t calls_at_once() const noexcept = 0;
  /// Σ over all workers (or slots) of the time with a call in hand, up to `now`. Any thread.
  [[nodiscard]] virtual Duration busy_time(Instant now) const = 0;
  /// Any thread.
  [[nodiscard]] virtual WorkerCounts counts() const = 0;
  /// Deliveries taken by each consumer of the queue so far: how fairly it serves them. Any thread.
  [[nodiscard]] virtual std::vector<std::uint64_t> taken_by_consumer() const = 0;

  /// The same workers for virtual time, instead of `start` and `stop`; null where they live in
  /// other processes.
  [[nodiscard]] virtual SteppedWorkers* stepped() noexcept { return nullptr; }
};

}  // namespace queuemeter
