// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <atomic>

namespace queuemeter {

/// Keeps the calling thread's processor busy until the *thread* has used `cpu` of CPU time, however
/// long that takes: on a crowded machine it is longer on the wall, as real work would be.
///
/// It counts in a register for about the right time, which is measured once for the process, and
/// then asks the thread's CPU clock (CLOCK_THREAD_CPUTIME_ID) whether that was enough; so it is
/// exact to a microsecond or two and never short. `stopped` (may be absent) is looked at every
/// 50 us; false when it ended the burning early.
bool burn_cpu(Duration cpu, const std::atomic<bool>* stopped = nullptr) noexcept;

}  // namespace queuemeter
