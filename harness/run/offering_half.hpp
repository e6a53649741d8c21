// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// One offering thread and everything that only it uses.
struct OffererParts {
  std::unique_ptr<CallPool> pool;
  std::unique_ptr<Settlements> settlements;
  std::unique_ptr<CallEntry> entry;
  std::unique_ptr<TrafficSource> source;
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
  Ledger& ledger;
};

/// Whether a caller waits for its reply before it calls again.
[[nodiscard]] bool callers_wait(const Scenario& scenario) noexcept;
/// What a caller takes for its first answer.
[[nodiscard]] Settlement::AnswerIs answer_of(const Scenario& scenario) noexcept;

/// The offerer with this number, from 0, standing still.
[[nodiscard]] OffererParts make_offerer(const OfferingParts& parts,
                                        std::unique_ptr<Settlements> settlements,
                                        std::uint32_t number);

}  // namespace queuemeter
