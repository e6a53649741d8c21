// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace queuemeter::cli {

/// While it lives, the first SIGINT or SIGTERM raises a flag, so that a run can drain and write;
/// the second ends the process at once with 130. One at a time in a process.
class InterruptFlag {
 public:
  InterruptFlag();
  InterruptFlag(const InterruptFlag&) = delete;
  InterruptFlag& operator=(const InterruptFlag&) = delete;
  /// Puts the default actions back.
  ~InterruptFlag();

  /// Thread-safe.
  [[nodiscard]] const std::atomic<bool>& raised() const noexcept;
};

/// Keeps SIGINT and SIGTERM from every thread made from now on, so that `wait_for_stop` gets them.
void hold_stop_signals();
/// Blocks until SIGINT or SIGTERM comes. Call `hold_stop_signals` before the first thread starts.
void wait_for_stop();

}  // namespace queuemeter::cli
