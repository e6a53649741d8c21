// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/front/front_entry.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/saturation.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"
#include "harness/run/site.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// One offering thread and everything that only it uses: an entry into the path and a source that
/// decides when calls are due, or a source that saturates the queue and needs neither.
struct OffererParts {
  std::unique_ptr<CallPool> pool;
  std::unique_ptr<Settlements> settlements;
  std::unique_ptr<CallEntry> entry;              ///< null where the queue is saturated
  FrontEntry* front = nullptr;                   ///< the entry, where it is one into a front end
  std::unique_ptr<TrafficSource> source;         ///< likewise
  std::unique_ptr<SaturatingSource> saturation;  ///< null elsewhere

  /// Ends traffic at `at` if that comes before the window's end. Any thread, at most once.
  void stop_at(Instant at) noexcept;
  /// Whether all of its calls have been offered. Any thread.
  [[nodiscard]] bool finished() const noexcept;
  /// Any thread.
  [[nodiscard]] std::uint64_t offered_in_window() const noexcept;
  /// See `TrafficSource::gaps`.
  [[nodiscard]] const GapEvidence* gaps() const noexcept;
  [[nodiscard]] const CallerCycles* cycles() const noexcept;
  [[nodiscard]] std::vector<std::uint32_t> calls_by_caller() const;
};

/// What the offerers of a run share. All of it must outlive them.
struct OfferingParts {
  const Scenario& scenario;
  const RunWindow& window;
  const Clock& clock;
  const ArrivalPlan& arrivals;
  const ClassDraw& classes;
  RecordTable& records;  ///< with room for all offerers
  Queue* queue;          ///< null on the direct path
  Backend* backend;      ///< null where nothing is called
  Site* site;            ///< null but on the path through a front end
  Ledger& ledger;
  SequenceStretches& sequences;  ///< of calls that saturate
  std::size_t return_lanes = 1;  ///< threads that return records; none where there is no queue
};

/// Whether a caller waits for its reply before it calls again.
[[nodiscard]] bool callers_wait(const Scenario& scenario) noexcept;
/// What a caller takes for its first answer.
[[nodiscard]] Settlement::AnswerIs answer_of(const Scenario& scenario) noexcept;

/// Which spans are worth recording: with shared stamps most of them say nothing.
[[nodiscard]] Settlement::Detail detail_of(const Scenario& scenario) noexcept;

/// The offerer with this number, from 0, standing still.
[[nodiscard]] OffererParts make_offerer(const OfferingParts& parts,
                                        std::unique_ptr<Settlements> settlements,
                                        std::uint32_t number);

}  // namespace queuemeter
