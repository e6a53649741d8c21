// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

namespace queuemeter::sample_runs {

/// Hand-made documents of healthy runs, not yet judged: what a run leaves in them, and consistent
/// in itself. The traffic is Poisson, the backend 8 slots × 20 ms = 400/s, the deadline 2 s.

/// 600/s straight at the backend: callers give up, the backend works for them all the same.
[[nodiscard]] RunDocument direct_overloaded();
/// 600/s through a queue of 600: what does not fit is rejected at once.
[[nodiscard]] RunDocument queued_overloaded();
/// 300/s, which the backend can take.
[[nodiscard]] RunDocument direct_at_ease();
[[nodiscard]] RunDocument queued_at_ease();

/// 60 callers who think 177 ms, of two classes, against worker processes: 300 calls/s.
[[nodiscard]] RunDocument callers_at_ease();

}  // namespace queuemeter::sample_runs
