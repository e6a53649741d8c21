// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/tsc_clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/saturation.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// What a row of a benchmark is about.
struct SaturatedRow {
  QueueSettings queue;
  bool four_stamps = true;  ///< else two: offered and taken
  Settlement::Detail detail = Settlement::Detail::completion_and_queueing;
  std::size_t records = 4096;
};

/// One source, one queue, one consumer: the parts of a saturated run, with nobody to drive them.
class SaturatedPath {
 public:
  explicit SaturatedPath(const SaturatedRow& row);

  [[nodiscard]] Clock& clock() noexcept { return *clock_; }
  [[nodiscard]] Queue& queue() noexcept { return *queue_; }
  [[nodiscard]] SaturatingSource& source() noexcept { return *source_; }
  [[nodiscard]] DrainingConsumer& consumer() noexcept { return *consumer_; }
  [[nodiscard]] Ledger& ledger() noexcept { return ledger_; }
  [[nodiscard]] const Recorders& recorders() const noexcept { return recorders_; }

 private:
  std::unique_ptr<Clock> clock_;
  RunWindow window_;
  RecordTable records_;
  std::unique_ptr<Queue> queue_;
  Ledger ledger_;
  Recorders recorders_;
  std::unique_ptr<CallPool> pool_;
  std::unique_ptr<Settlements> offering_;
  std::unique_ptr<Settlements> draining_;
  SequenceStretches sequences_;
  std::unique_ptr<SaturatingSource> source_;
  std::unique_ptr<DrainingConsumer> consumer_;
};

}  // namespace queuemeter
