// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/measure/histogram.hpp"
#include "harness/queue/queue.hpp"
#include "harness/record/run_document.hpp"

#include <optional>

namespace queuemeter {

struct RunState;

/// What is known before the first call: who, where, what, with which queue. The queue is null on
/// the direct path. The folder's opening result, marked incomplete, is this.
void open_document(RunState& state);

/// What the document says of the queue.
void describe_queue(RunDocument& document, const Queue& queue);

/// Everything that was measured, for `judge` to judge. After the engine has stopped.
void write_up(RunState& state);

/// The percentiles of a histogram that its size can carry; nothing where nothing was recorded.
[[nodiscard]] std::optional<SpanSummary> summarise(const Histogram& histogram);

}  // namespace queuemeter
