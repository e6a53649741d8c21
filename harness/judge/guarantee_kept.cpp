// SPDX-License-Identifier: Apache-2.0
#include "harness/call/guarantee.hpp"
#include "harness/judge/findings.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

bool promises(const RunDocument& run, ConsumerGuarantee guarantee) {
  return run.consumer_guarantee == to_string(guarantee);
}

bool promises(const RunDocument& run, ProducerGuarantee guarantee) {
  return run.producer_guarantee == to_string(guarantee);
}

}  // namespace

std::int64_t losses_beyond_guarantee(const RunDocument& run) {
  const LedgerCounts& ledger = run.ledger;
  if (run.queue_name.empty() || promises(run, ProducerGuarantee::g0_fire_and_forget)) {
    return 0;
  }
  // What somebody else took out of the queue was not the queue's to keep.
  std::int64_t allowed = ledger.of(Reason::foreign_removal);
  if (promises(run, ConsumerGuarantee::c0_at_most_once)) {
    allowed += ledger.of(Reason::worker_died) + ledger.of(Reason::hand_over);
  }
  // What a volatile queue holds is gone when it dies.
  if (promises(run, ProducerGuarantee::g1_acknowledged_volatile)) {
    allowed += ledger.of(Reason::queue_restarted);
  }
  return std::max<std::int64_t>(0, ledger.of(Outcome::lost) - allowed);
}

bool breaks_guarantee(const RunDocument& run) {
  if (run.queue_name.empty()) {
    return false;
  }
  const auto order = std::find_if(run.queue_traits.begin(), run.queue_traits.end(),
                                  [](const auto& trait) { return trait.first == "order"; });
  const bool keeps_order =
      order != run.queue_traits.end() && order->second.find("fifo") != std::string::npos;
  // A queue that delivers again what nobody acknowledged repeats calls by promise.
  const bool may_repeat = !promises(run, ConsumerGuarantee::c0_at_most_once);
  return losses_beyond_guarantee(run) > 0 || (run.ledger.duplicated > 0 && !may_repeat) ||
         (run.ledger.reordered > 0 && keeps_order);
}

}  // namespace queuemeter
