// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace queuemeter {

/// The queued path's beginning: caller → queue. What the queue refuses is settled here, at once;
/// what it takes is the workers' and the settler's business.
///
/// One thread, the offerer's.
class QueuedEntry final : public CallEntry {
 public:
  QueuedEntry(CallMaker maker, CallPool& pool, std::unique_ptr<QueueProducer> producer,
              Settlements& settlements)
      : maker_{std::move(maker)},
        pool_{pool},
        producer_{std::move(producer)},
        settlements_{settlements} {}

  void offer(std::span<const PlannedCall> due, Instant now) override;
  Instant step(Instant /*now*/) override { return never; }
  void never_offered(const PlannedCall& call) override { maker_.settle_unsent(settlements_, call); }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return 0; }
  void abandon_rest(Instant /*now*/) override {}

 private:
  /// One indirect call into the queue per so many calls.
  static constexpr std::size_t chunk_calls = 64;

  void offer_chunk(std::span<const PlannedCall> due, Instant now);
  [[nodiscard]] std::size_t prepare(std::span<const PlannedCall> due, Instant now);
  void settle_refused(const PlannedCall& call, CallHandle handle, QueueResult result);

  CallMaker maker_;
  CallPool& pool_;
  std::unique_ptr<QueueProducer> producer_;
  Settlements& settlements_;
  std::array<CallHandle, chunk_calls> handles_{};
  std::array<Instant, chunk_calls> accepted_at_{};
};

}  // namespace queuemeter
