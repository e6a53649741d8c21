// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"

#include <vector>

namespace queuemeter {

/// What a sweep needs: when nobody drives the parts any more, by the thread that ends the run.
struct QueueSweep {
  const Clock& clock;
  Queue& queue;
  Settlements& settlements;
  const std::vector<CallPool*>& pools;  ///< of all offerers
  /// A delivery that is found although its call was taken before counts as duplicated.
  bool counts_duplicates = true;
  /// Calls that a queue which forgets what it hands over may have handed to workers who died before
  /// they knew of it: so many of the lost ones are theirs.
  std::uint64_t given_to_the_dead = 0;
};

/// Closes and empties the queue without calling the backend. What is found is unfinished; what was
/// accepted, never replied and found nowhere is lost, or unknown where the queue cannot show all it
/// has.
void sweep(const QueueSweep& what);

}  // namespace queuemeter
