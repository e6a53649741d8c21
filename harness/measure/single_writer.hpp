// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace queuemeter {

/// Adds to a counter that one thread writes and any thread may read. A plain load and store, a
/// tenth of the cost of an atomic addition, which it is not: two writers would lose counts.
template <class Number>
void add_alone(std::atomic<Number>& counter, Number more = 1) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace queuemeter
