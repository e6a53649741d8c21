// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/settlements.hpp"
#include "harness/path/timeout_list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace queuemeter {

/// The direct path: caller → backend, no queue in between. The caller waits for its reply until
/// `reply_timeout` after the planned instant, then leaves, as people do.
///
/// One thread, the offerer's: it begins calls, receives replies and settles them.
class DirectEntry final : public CallEntry, private ReplySink {
 public:
  /// The pool's capacity is the caller limit: more unanswered calls are rejected.
  DirectEntry(const Clock& clock, CallMaker maker, CallPool& pool, Backend& backend,
              Duration reply_timeout, Settlements& settlements);

  void connect(boost::asio::io_context* loop) override;
  void disconnect() override { client_.reset(); }

  void offer(std::span<const PlannedCall> due, Instant now) override;
  Instant step(Instant now) override;
  void never_offered(const PlannedCall& call) override { maker_.settle_unsent(settlements_, call); }
  void refuse(const PlannedCall& call, Reason reason, Instant now) override {
    maker_.settle_rejected(settlements_, call, reason, now);
    tell_settled(call.seat, now, SettledSink::Ending::refused);
  }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return in_flight_; }
  void abandon_rest(Instant now) override;

 private:
  void replied(CallHandle call, const Reply& reply) override;
  void give_up(std::size_t slot, Outcome outcome, Reason reason, Instant now);
  void settle(CallRecord& record, Instant now);

  const Clock& clock_;
  CallMaker maker_;
  CallPool& pool_;
  Backend& backend_;
  Duration reply_timeout_;
  Settlements& settlements_;
  std::vector<std::uint32_t> seats_;  // whose call it is, by index in the pool
  TimeoutList patience_;
  std::unique_ptr<BackendClient> client_;
  std::size_t in_flight_ = 0;
};

}  // namespace queuemeter
