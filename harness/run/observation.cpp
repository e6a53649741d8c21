// SPDX-License-Identifier: Apache-2.0
#include "harness/run/observation.hpp"

#include "harness/run/run_parts.hpp"

#include <algorithm>
#include <cmath>

namespace queuemeter {

Reading take_reading(RunParts& parts, const RoleRegistry& roles, Instant now) {
  return {.at = now,
          .threads = roles.read(),
          .process = process_usage(),
          .backend = parts.backend() == nullptr ? std::nullopt : parts.backend()->account(),
          .workers_busy = parts.worker_busy_time(now),
          .host = HostProbe{}.read()};
}

void Trend::add(double seconds, double value) noexcept {
  ++points_;
  const double n = static_cast<double>(points_);
  const double dx = seconds - mean_x_;
  const double dy = value - mean_y_;
  mean_x_ += dx / n;
  mean_y_ += dy / n;
  xx_ += dx * (seconds - mean_x_);
  xy_ += dx * (value - mean_y_);
  yy_ += dy * (value - mean_y_);
}

double Trend::slope() const noexcept { return xx_ > 0.0 ? xy_ / xx_ : 0.0; }

double Trend::slope_error() const noexcept {
  if (points_ < 3 || xx_ <= 0.0) {
    return 0.0;
  }
  const double residual = std::max(0.0, yy_ - slope() * xy_);
  return std::sqrt(residual / static_cast<double>(points_ - 2) / xx_);
}

}  // namespace queuemeter
