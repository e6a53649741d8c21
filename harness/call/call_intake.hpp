// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"

#include <optional>

namespace queuemeter {

/// Where a queue that carries bytes turns a decoded header into the handle of a call.
///
/// In the process that offers, the record is found again by its slot; a worker process fills a
/// record of its own. Thread-safe.
class CallIntake {
 public:
  CallIntake() = default;
  CallIntake(const CallIntake&) = delete;
  CallIntake& operator=(const CallIntake&) = delete;
  virtual ~CallIntake() = default;

  /// The handle of a call that came over a wire; nothing when it is not of this run: the message is
  /// foreign (or mutilated beyond recognition), is counted here, and must not be worked on.
  [[nodiscard]] virtual std::optional<CallHandle> admit(const Call& call) noexcept = 0;
};

}  // namespace queuemeter
