// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/progress_meter.hpp"
#include "harness/run/run.hpp"

#include <functional>
#include <string>
#include <utility>

namespace queuemeter::cli {

/// One plain line a second about a run, for a file or a pipe: how much is sent and done in that
/// second, its latency, drops, backlog. One object for each run; used on the conductor's thread.
class ProgressLines final : public ProgressSink {
 public:
  using Print = std::function<void(const std::string& line)>;
  explicit ProgressLines(Print print) : print_{std::move(print)} {}

  void ticked(const Tick& tick, const Scenario& scenario) override;

 private:
  Print print_;
  ProgressMeter meter_;
};

}  // namespace queuemeter::cli
