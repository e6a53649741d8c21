// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/judge/check_parts.hpp"
#include "harness/judge/checks.hpp"

#include <fmt/format.h>

namespace queuemeter::checks {
namespace {

using Verdict = Check::Verdict;

std::string percent_or_unknown(std::optional<double> share) {
  return share ? format_percent(*share) : "unknown";
}

}  // namespace

Check host_steal(const RunDocument& run) {
  constexpr double warns_above = 0.02;
  Check check = make("host_steal", "CPU time that the host gave to other guests", warns_above);
  if (!run.host.steal) {
    return not_applicable(std::move(check), "the host does not tell");
  }
  const double steal = *run.host.steal;
  std::string seen = fmt::format("{} of the CPU time", format_percent(steal));
  if (steal > warns_above) {
    return with(std::move(check), Verdict::warn, steal,
                seen +
                    " went to other guests of the host; repeat when it is quiet, and compare "
                    "interleaved runs only");
  }
  return with(std::move(check), Verdict::pass, steal, std::move(seen));
}

Check host_pressure(const RunDocument& run) {
  constexpr double warns_above = 0.01;
  Check check = make("host_pressure", "time in which a task waited for memory", warns_above);
  if (!run.host.memory_stalled) {
    return not_applicable(std::move(check), "the kernel does not tell");
  }
  const double memory = *run.host.memory_stalled;
  std::string seen = fmt::format("tasks waited for memory {} of the time, for a CPU {}, for I/O {}",
                                 format_percent(memory), percent_or_unknown(run.host.cpu_stalled),
                                 percent_or_unknown(run.host.io_stalled));
  if (memory > warns_above) {
    return with(std::move(check), Verdict::warn, memory,
                seen + ": memory is short, so anything may have waited; free some");
  }
  return with(std::move(check), Verdict::pass, memory, std::move(seen));
}

}  // namespace queuemeter::checks
