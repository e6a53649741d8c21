// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/record_table.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <cstdint>

namespace queuemeter {

/// The path `take`: puts `run.calls` calls into the queue before anything is measured, and makes
/// room in `records` for them. Waits until the queue has confirmed them all, at most ten seconds
/// longer than it takes calls. Conductor's thread, before the parts are built.
/// Errors: the queue does not hold so many, with the number it holds; it refuses or fails them.
[[nodiscard]] Result<void> preload(const Scenario& scenario, const ClassDraw& classes,
                                   RecordTable& records, Queue& queue, const Clock& clock);

/// Says of all preloaded calls that they are planned for `planned_at`: when taking begins. Nobody
/// offers them then, so what happened to them before is not observed.
void plan_preloaded(RecordTable& records, Instant planned_at) noexcept;

/// The calls that were preloaded, as a source: all are planned, and none is left to be offered.
class PreloadedCalls final : public TrafficSource {
 public:
  PreloadedCalls(std::uint64_t calls, const RunWindow& window, CallEntry& entry,
                 Ledger::Planner& ledger);

 private:
  [[nodiscard]] Instant next_due() noexcept override { return never; }
  std::size_t take_due(Instant /*until*/, std::span<PlannedCall> /*into*/) override { return 0; }
  [[nodiscard]] bool plans_ahead() const noexcept override { return true; }
};

}  // namespace queuemeter
