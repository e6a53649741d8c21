// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/settlement.hpp"
#include "harness/queue/queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// The queued path's beginning: caller → queue. What the queue refuses is settled here, at once;
/// what it takes is the workers' and the settler's business.
///
/// One thread, the offerer's.
class QueuedEntry final : public CallEntry {
 public:
  /// `caller` is the offerer's number, by which the settler finds `pool` again.
  QueuedEntry(const CallTemplate& common, std::uint32_t caller, CallPool& pool,
              std::unique_ptr<QueueProducer> producer, Settlement& settlement)
      : common_{common},
        caller_{caller},
        pool_{pool},
        producer_{std::move(producer)},
        settlement_{settlement} {}

  void offer(std::span<const PlannedCall> due, Instant now) override;
  Instant step(Instant /*now*/) override { return never; }
  void never_offered(const PlannedCall& call) override {
    settle_unsent(settlement_, common_, caller_, call);
  }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return 0; }
  void abandon_rest(Instant /*now*/) override {}

 private:
  /// One indirect call into the queue per so many calls.
  static constexpr std::size_t chunk_calls = 64;

  void offer_chunk(std::span<const PlannedCall> due, Instant now);
  [[nodiscard]] std::size_t prepare(std::span<const PlannedCall> due, Instant now);
  void settle_refused(const PlannedCall& call, CallHandle handle, QueueResult result);

  CallTemplate common_;
  std::uint32_t caller_;
  CallPool& pool_;
  std::unique_ptr<QueueProducer> producer_;
  Settlement& settlement_;
  std::array<CallHandle, chunk_calls> handles_{};
  std::array<Instant, chunk_calls> accepted_at_{};
};

}  // namespace queuemeter
