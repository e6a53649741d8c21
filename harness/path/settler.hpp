// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/settlements.hpp"

#include <span>
#include <vector>

namespace queuemeter {

/// The caller's side of the reply queue: takes what workers are done with, stamps `returned_at`,
/// settles it and returns the record to its offerer. It never offers, so a full request queue
/// cannot keep replies waiting.
///
/// One thread. In virtual time it is stepped after the workers.
class Settler final : public Stepper {
 public:
  /// `pools[call.offerer]` owns the record; lane 0 of each pool is this settler's.
  Settler(const Clock& clock, ReplyInbox& inbox, Settlements& settlements,
          std::vector<CallPool*> pools, bool reply_returns)
      : clock_{clock},
        inbox_{inbox},
        settlements_{settlements},
        pools_{std::move(pools)},
        reply_returns_{reply_returns} {}

  /// Settles everything that is there; `never`, because only workers give it more.
  Instant step(Instant now) override;

 private:
  void settle(const Returned& what) noexcept;

  const Clock& clock_;
  ReplyInbox& inbox_;
  Settlements& settlements_;
  std::vector<CallPool*> pools_;
  bool reply_returns_;  // reply = "none" leaves returned_at unobserved
};

}  // namespace queuemeter
