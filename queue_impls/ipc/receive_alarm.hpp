// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <ctime>
#include <sys/types.h>

namespace queuemeter::queues {

/// Ends a blocking `msgrcv` of one thread, which has neither a timeout nor a descriptor.
///
/// A timer of the kernel signals the thread; the handler does nothing, but the call ends with
/// EINTR. The signal may come just before the call begins, so it comes again every millisecond
/// until `disarm()`. `arm` and `disarm` by the thread that waits, `ring` by any, as long as the
/// alarm exists.
class ReceiveAlarm {
 public:
  ReceiveAlarm() = default;
  ReceiveAlarm(const ReceiveAlarm&) = delete;
  ReceiveAlarm& operator=(const ReceiveAlarm&) = delete;
  ~ReceiveAlarm();

  /// Rings at `at` (CLOCK_MONOTONIC), or only when somebody rings. False when the machine has no
  /// timer left: then nothing may be blocked on.
  [[nodiscard]] bool arm(Instant at);
  void disarm() noexcept;
  /// Ends the call now; the alarm must be armed.
  void ring() noexcept;

 private:
  [[nodiscard]] bool make_timer();

  timer_t timer_{};
  bool has_timer_ = false;
  pid_t thread_ = 0;  // whom the timer signals
};

}  // namespace queuemeter::queues
