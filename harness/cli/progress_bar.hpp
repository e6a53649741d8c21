// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/progress_meter.hpp"
#include "harness/run/run.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace queuemeter::cli {

/// One line on a terminal that is written over and over while a run goes on: how far it is, rate,
/// latency of the last second, drops, backlog. What matters most stands first, because a line never
/// gets wider than the terminal. One object for each run; used on the conductor's thread.
class ProgressBar final : public ProgressSink {
 public:
  using Write = std::function<void(const std::string& text)>;
  using Width = std::function<std::size_t()>;  ///< of the terminal now, in columns
  ProgressBar(Write write, Width width);
  /// Takes the line away, so that what follows begins on an empty one.
  ~ProgressBar() override;

  void ticked(const Tick& tick, const Scenario& scenario) override;

 private:
  Write write_;
  Width width_;
  ProgressMeter meter_;
  Instant began_ = unobserved;
  std::optional<ProgressFigures> figures_;  // of the last whole second
};

/// How wide the terminal behind `descriptor` is; nothing when it is none, or tells no width.
[[nodiscard]] std::optional<std::size_t> terminal_width(int descriptor);

}  // namespace queuemeter::cli
