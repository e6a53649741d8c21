// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress_bar.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace queuemeter::cli {

namespace {

/// Source: ECMA-48, EL (erase in line): from the cursor to the end.
constexpr std::string_view erase_to_end = "\x1b[K";

constexpr std::size_t track_width = 12;

/// "[#####-------]"; only what a run does by plan has a known end.
std::string track(double share) {
  const auto full = static_cast<std::size_t>(
      std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(track_width)));
  return "[" + std::string(full, '#') + std::string(track_width - full, '-') + "]";
}

std::string rate(double per_second) {
  return format_rate(Rate::per_second(std::round(std::max(0.0, per_second))));
}

}  // namespace

ProgressBar::ProgressBar(Write write, Width width)
    : write_{std::move(write)}, width_{std::move(width)} {}

ProgressBar::~ProgressBar() {
  if (is_observed(began_)) {
    write_(fmt::format("\r{}", erase_to_end));
  }
}

void ProgressBar::ticked(const Tick& tick, const Scenario& scenario) {
  if (!is_observed(began_)) {
    began_ = tick.from;
  }
  if (auto figures = meter_.add(tick, scenario)) {
    figures_ = std::move(figures);
  }
  const double elapsed = to_seconds(tick.to - began_);
  const double planned = to_seconds(scenario.run.warm_up + scenario.run.measure);
  std::string line =
      fmt::format("{} {:.0f}/{:.0f} s {}", track(elapsed / planned), elapsed, planned, tick.stage);
  if (figures_) {
    line += fmt::format("  {} sent  {} done  {}  {} dropped  {}", rate(figures_->sent_per_s),
                        rate(figures_->done_per_s), figures_->latency,
                        rate(figures_->dropped_per_s), figures_->waiting);
  }
  // The last column stays free: writing into it would move some terminals to the next line.
  const std::size_t width = width_();
  line.resize(std::min(line.size(), width > 0 ? width - 1 : 0));
  write_(fmt::format("\r{}{}", line, erase_to_end));
}

std::optional<std::size_t> terminal_width(int descriptor) {
  winsize size{};
  if (isatty(descriptor) == 0 || ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return std::nullopt;
  }
  return size.ws_col;
}

}  // namespace queuemeter::cli
