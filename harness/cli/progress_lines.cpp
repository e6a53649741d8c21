// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress_lines.hpp"

#include <fmt/format.h>

namespace queuemeter::cli {

void ProgressLines::ticked(const Tick& tick, const Scenario& scenario) {
  if (const auto figures = meter_.add(tick, scenario)) {
    print_(
        fmt::format("{:6.1f} s  {:<8} sent {:>7.0f}/s  done {:>7.0f}/s  {}  dropped {:>6.0f}/s  {}",
                    figures->elapsed_s, figures->stage, figures->sent_per_s, figures->done_per_s,
                    figures->latency, figures->dropped_per_s, figures->waiting));
  }
}

}  // namespace queuemeter::cli
