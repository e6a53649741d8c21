// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/host_probe.hpp"

#include "harness/measure/proc_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unistd.h>

namespace queuemeter {
namespace {

/// The number after "name=" in one line of a pressure file.
std::optional<double> field(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  return at == std::string_view::npos ? std::nullopt
                                      : leading_number(line.substr(at + name.size()));
}

std::optional<Stall> read_stall(const std::string& path) {
  const std::optional<std::string> text = read_proc_text(path);
  const std::optional<std::string_view> some = text ? value_after(*text, "some") : std::nullopt;
  if (!some) {
    return std::nullopt;
  }
  const std::optional<double> percent = field(*some, "avg10=");
  const std::optional<double> microseconds = field(*some, "total=");
  if (!percent || !microseconds) {
    return std::nullopt;
  }
  return Stall{.some_seconds = *microseconds * 1e-6, .some_avg10 = *percent * 1e-2};
}

/// Source: proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; the guest
/// columns after them are parts of user and nice.
void read_cpu_times(const std::string& path, HostPressure& pressure) {
  const std::optional<std::string> text = read_proc_text(path);
  std::optional<std::string_view> line = text ? value_after(*text, "cpu ") : std::nullopt;
  if (!line) {
    return;
  }
  constexpr std::size_t columns = 8;
  std::uint64_t sum = 0;
  std::uint64_t last = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::optional<std::uint64_t> ticks = take_number(*line);
    if (!ticks) {
      return;  // a kernel before 2.6.11 has no steal
    }
    sum += *ticks;
    last = *ticks;
  }
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  pressure.cpu_seconds = static_cast<double>(sum) / ticks_per_second;
  pressure.steal_seconds = static_cast<double>(last) / ticks_per_second;
}

std::optional<double> fraction(double part, double whole) {
  return whole > 0.0 ? std::optional{std::clamp(part / whole, 0.0, 1.0)} : std::nullopt;
}

std::optional<double> stalled(const std::optional<Stall>& before, const std::optional<Stall>& after,
                              Duration wall) {
  return before && after ? fraction(after->some_seconds - before->some_seconds, to_seconds(wall))
                         : std::nullopt;
}

}  // namespace

HostPressure HostProbe::read() const {
  HostPressure pressure;
  pressure.cpu = read_stall(root_ + "/proc/pressure/cpu");
  pressure.memory = read_stall(root_ + "/proc/pressure/memory");
  pressure.io = read_stall(root_ + "/proc/pressure/io");
  read_cpu_times(root_ + "/proc/stat", pressure);
  return pressure;
}

HostStrain strain_between(const HostPressure& before, const HostPressure& after, Duration wall) {
  HostStrain strain;
  strain.cpu_stalled = stalled(before.cpu, after.cpu, wall);
  strain.memory_stalled = stalled(before.memory, after.memory, wall);
  strain.io_stalled = stalled(before.io, after.io, wall);
  if (before.steal_seconds && after.steal_seconds && before.cpu_seconds && after.cpu_seconds) {
    strain.steal = fraction(*after.steal_seconds - *before.steal_seconds,
                            *after.cpu_seconds - *before.cpu_seconds);
  }
  return strain;
}

}  // namespace queuemeter
