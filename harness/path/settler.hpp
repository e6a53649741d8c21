// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace queuemeter {

/// The caller's side of the replies: takes what workers are done with, stamps `returned_at`,
/// settles it and returns the record to its offerer. It never offers, so a full request queue
/// cannot keep replies waiting.
///
/// A call is settled by its first reply, whichever delivery it comes from; later ones are
/// duplicated. Where callers may give up, the record says who was first.
/// One thread. In virtual time it is stepped after the workers.
class Settler final : public Stepper {
 public:
  struct Parts {
    const Clock& clock;
    ReplyInbox& inbox;
    Settlements& settlements;
    std::vector<CallPool*> pools;  ///< by offerer; lane 0 of each is this settler's
    Queue* calls = nullptr;        ///< asked for redeliveries
    Queue* replies = nullptr;      ///< of `path.reply = "queue"`
    bool reply_returns = true;     ///< reply = "none" leaves returned_at unobserved
  };
  explicit Settler(Parts parts);

  /// Makes its end of the reply queue; once, on its thread, before the first step.
  void connect();
  void disconnect() { replies_.reset(); }

  /// Settles everything that is there; `never`, because only workers give it more.
  Instant step(Instant now) override;
  /// Waits until something may be there, `interrupt()`, or `until`.
  void wait(Instant until);
  /// Ends a wait. Any thread.
  void interrupt() noexcept;

 private:
  static constexpr std::size_t chunk_replies = 64;

  void drain_inbox();
  void drain_replies();
  void settle_note(const Returned& what) noexcept;
  void count_redeliveries(Instant now);
  void settle(const Returned& what, Instant returned_at) noexcept;
  void settle_early(const Returned& what, Instant returned_at) noexcept;
  void give_back(CallRecord& record) noexcept;
  [[nodiscard]] Instant stamp(const Returned& what) const noexcept;
  [[nodiscard]] bool was_settled_early(CallHandle call) noexcept;

  Parts parts_;
  std::unique_ptr<QueueConsumer> replies_;
  std::array<Returned, chunk_replies> inbox_{};
  std::array<CallHandle, chunk_replies> calls_{};
  std::array<Instant, chunk_replies> returned_at_{};
  std::vector<bool> to_wake_;  // by pool: records of it were returned in this step
  /// Calls that a second delivery settled while the first is still in somebody's hands: there are
  /// no more of them than calls in work.
  std::vector<CallHandle> early_;
  std::uint64_t redelivered_ = 0;
};

}  // namespace queuemeter
