// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"
#include "harness/run/draining_half.hpp"
#include "harness/run/offering_half.hpp"
#include "harness/run/site.hpp"
#include "harness/run/worker_half.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// The moving parts of one run, built in the order of a call's life and standing still: somebody
/// must drive them, threads in a measurement, a virtual clock in a simulation.
///
/// Built, swept and read at the end by one thread; what may be read meanwhile says so.
class RunParts {
 public:
  /// What carries calls and replies; opened with the run's record table.
  struct Queues {
    std::unique_ptr<Queue> calls;    ///< null on the direct path
    std::unique_ptr<Queue> replies;  ///< null unless `path.reply = "queue"`
  };
  /// `backend` is null where nothing is called. `make_process_crew` may be empty: threads then
  /// stand in for worker processes. `site` is null but on the path through a front end.
  RunParts(const Scenario& scenario, const RunWindow& window, const Clock& clock,
           ArrivalPlan arrivals, std::unique_ptr<RecordTable> records, Queues queues,
           std::unique_ptr<Backend> backend, MakeProcessCrew make_process_crew = {},
           std::unique_ptr<Site> site = nullptr);
  RunParts(const RunParts&) = delete;
  RunParts& operator=(const RunParts&) = delete;
  ~RunParts();

  [[nodiscard]] const RunWindow& window() const noexcept { return window_; }
  [[nodiscard]] Queue* queue() noexcept { return queue_.get(); }
  /// Null where nothing is called.
  [[nodiscard]] Backend* backend() noexcept { return backend_.get(); }
  /// Null but on the path through a front end.
  [[nodiscard]] Site* site() noexcept { return site_.get(); }
  [[nodiscard]] Ledger& ledger() noexcept { return ledger_; }
  [[nodiscard]] const Recorders& recorders() const noexcept { return recorders_; }
  [[nodiscard]] std::vector<OffererParts>& offerers() noexcept { return offerers_; }
  /// What is behind the queue: workers, or, where nothing is called, consumers that settle; both
  /// null on the direct path.
  [[nodiscard]] WorkerHalf* workers() noexcept { return workers_.get(); }
  [[nodiscard]] DrainingHalf* drain() noexcept { return drain_.get(); }

  // While being driven, any thread:
  /// Whether all that was planned has been offered.
  [[nodiscard]] bool traffic_is_over() const noexcept;
  [[nodiscard]] std::optional<Duration> oldest_age(Instant now) const;
  /// Time spent by all workers with a call in hand; nothing on the direct path.
  [[nodiscard]] std::optional<Duration> worker_busy_time(Instant now) const;
  /// Deliveries taken by each consumer of the queue; empty on the direct path.
  [[nodiscard]] std::vector<std::uint64_t> taken_by_consumer() const;
  [[nodiscard]] std::uint64_t completed_in_window() const noexcept;
  [[nodiscard]] std::uint64_t goodput_in_window() const noexcept;
  [[nodiscard]] std::uint64_t offered_in_window() const noexcept;
  /// Worst lateness of an offer since the last call of this function. One reading thread.
  [[nodiscard]] Duration take_worst_lateness() noexcept;

  /// What all threads settle the calls of one class with.
  [[nodiscard]] std::vector<const Settlement*> settlements_of(std::uint16_t class_index) const;
  [[nodiscard]] const RecordTable& records() const noexcept { return *records_; }

  // When nobody drives any more:
  /// Empties the queue without calling the backend. What is found is unfinished; what was accepted,
  /// never replied and found nowhere is lost.
  void sweep();
  [[nodiscard]] FlowIntegral flow() const;
  /// The gaps as the offerer saw them; null when several offerers share the plan, or when calls
  /// follow none.
  [[nodiscard]] const GapEvidence* gaps() const;

 private:
  [[nodiscard]] std::unique_ptr<Settlements> make_settlements(const std::string& name);
  [[nodiscard]] std::size_t settling_threads() const;
  [[nodiscard]] bool has_drain() const;
  void make_offerers();
  void make_drain();
  [[nodiscard]] std::vector<CallPool*> pools() const;
  void make_workers(std::unique_ptr<Queue> replies, MakeProcessCrew make_process_crew);
  [[nodiscard]] std::vector<Settlements*> all_settlements() const;
  template <class Visit>
  void for_each_settlement(Visit&& visit) const;

  Scenario scenario_;
  RunWindow window_;
  const Clock& clock_;
  std::size_t classes_;
  std::unique_ptr<RecordTable> records_;  // longer than the queue, which admits calls into it
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Site> site_;  // longer than the backend, whose requests it completes
  std::unique_ptr<Backend> backend_;
  ArrivalPlan arrivals_;
  ClassDraw class_draw_;

  Ledger ledger_;
  Recorders recorders_;

  SequenceStretches sequences_;
  std::vector<OffererParts> offerers_;
  std::unique_ptr<WorkerHalf> workers_;
  std::unique_ptr<DrainingHalf> drain_;
};

}  // namespace queuemeter
