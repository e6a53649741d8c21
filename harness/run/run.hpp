// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/measure/tick.hpp"
#include "harness/queue/queue.hpp"
#include "harness/record/run_document.hpp"
#include "harness/scenario/scenario.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace queuemeter {

/// Watches a run while it goes on. Called on the conductor's thread, once per tick; must not block.
class ProgressSink {
 public:
  ProgressSink() = default;
  ProgressSink(const ProgressSink&) = delete;
  ProgressSink& operator=(const ProgressSink&) = delete;
  virtual ~ProgressSink() = default;
  virtual void ticked(const Tick& tick, const Scenario& scenario) = 0;
};

/// What a run is given instead of reaching for it.
struct RunEnvironment {
  /// Makes the queue that a scenario names, or says why it cannot.
  OpenQueue open_queue;
  /// The `queuemeter` binary, for a managed backend's child process.
  std::string program;
  ProgressSink* progress = nullptr;  ///< may be absent
  /// Set by a signal handler: stop planning, drain, write, mark incomplete. May be absent.
  const std::atomic<bool>* interrupted = nullptr;
  /// Stop when most calls to a system that is not ours fail for five seconds.
  bool abort_when_failing = true;
  /// Which repetition of its scenario the run is, from 1; 0: it is not repeated.
  std::size_t repetition = 0;
};

/// Executes one scenario and writes its run folder (`folder` is created; must not hold a run).
///
/// Blocks until the run is over. The document is judged and written, whatever the verdict; an
/// error means that nothing was measured (refused combination, unreachable component, folder).
[[nodiscard]] Result<RunDocument> run_scenario(const Scenario& scenario, const std::string& label,
                                               const std::string& folder,
                                               const RunEnvironment& environment);

}  // namespace queuemeter
