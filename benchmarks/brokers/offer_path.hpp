// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/event_loop.hpp"
#include "harness/path/queued_entry.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"
#include "harness/traffic/caller_loop.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// The path `offer` as a run assembles it, from the planned call to its place in the ledger, with
/// nobody on the other side of the queue: as many callers as the window has room for, each of whom
/// calls again as soon as the queue has accepted its call. That is the load redis-benchmark makes
/// with a pipeline of the same depth.
/// One thread.
class OfferPath {
 public:
  struct Settings {
    QueueSettings queue = {};  ///< `window` is also the number of callers
    std::uint32_t payload_bytes = 0;
    std::uint64_t calls = 0;
    std::uint64_t run_id = 0;
  };
  explicit OfferPath(const Settings& settings);
  OfferPath(const OfferPath&) = delete;
  OfferPath& operator=(const OfferPath&) = delete;
  ~OfferPath();

  /// Until every call is settled. Once.
  void run();
  /// What became of them.
  [[nodiscard]] LedgerCounts account();

 private:
  std::unique_ptr<Clock> clock_;
  RunWindow window_;
  RecordTable records_;
  std::unique_ptr<Queue> queue_;
  Ledger ledger_;
  Recorders recorders_;
  std::unique_ptr<Settlements> settlements_;
  std::unique_ptr<CallPool> pool_;
  ClassDraw one_class_;
  EventLoop loop_;
  std::unique_ptr<QueuedEntry> entry_;
  std::unique_ptr<CallerLoop> callers_;
};

}  // namespace queuemeter
