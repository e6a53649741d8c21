// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <optional>
#include <string_view>

namespace queuemeter {

struct RunState;

/// One stretch of a run. A run is a list of these, executed in order on the conductor's thread.
class RunPhase {
 public:
  RunPhase() = default;
  RunPhase(const RunPhase&) = delete;
  RunPhase& operator=(const RunPhase&) = delete;
  virtual ~RunPhase() = default;

  /// The word in ticks and progress lines.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Does its part and returns when it is over. An error ends the run; what was started is stopped
  /// by the destructors of the state.
  [[nodiscard]] virtual std::optional<Error> execute(RunState& state) = 0;
};

}  // namespace queuemeter
