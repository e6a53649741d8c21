// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/machine.hpp"

#include "harness/measure/proc_text.hpp"

#include <algorithm>
#include <array>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace queuemeter {

namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::optional<std::string> text = read_proc_text(path);
  if (text) {
    text->resize(std::min(text->size(), text->find('\n')));
  }
  return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text && !text->empty() ? std::optional{std::string{*text}} : std::nullopt;
}

std::optional<std::string> cpu_model(const std::string& root) {
  const std::optional<std::string> text = read_proc_text(root + "/proc/cpuinfo");
  if (!text) {
    return std::nullopt;
  }
  // Arm kernels do not print "model name".
  std::optional<std::string> model = owned(value_after(*text, "model name"));
  return model ? model : owned(value_after(*text, "Model"));
}

/// A line of /proc/meminfo, which counts in KiB.
std::optional<std::uint64_t> memory_bytes(const std::string& root, std::string_view line) {
  const std::optional<std::string> text = read_proc_text(root + "/proc/meminfo");
  std::optional<std::string_view> value = text ? value_after(*text, line) : std::nullopt;
  const std::optional<std::uint64_t> kibibytes = value ? take_number(*value) : std::nullopt;
  return kibibytes ? std::optional{*kibibytes * 1024} : std::nullopt;
}

/// A file of the control group that this process sees as its root; nothing for "max".
std::optional<std::uint64_t> group_bytes(const std::string& root, std::string_view file) {
  const std::optional<std::string> text =
      read_proc_text(root + "/sys/fs/cgroup/" + std::string{file});
  std::string_view value = text ? std::string_view{*text} : std::string_view{};
  return take_number(value);
}

unsigned usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<unsigned>(CPU_COUNT(&set));
  }
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

/// The first line of /proc/stat. Source: proc(5): user nice system idle iowait irq softirq steal,
/// in clock ticks.
void read_cpu_times(const std::string& root, HostLoad& load) {
  const std::optional<std::string> text = read_proc_text(root + "/proc/stat");
  std::optional<std::string_view> line = text ? value_after(*text, "cpu ") : std::nullopt;
  if (!line) {
    return;
  }
  std::array<double, 8> seconds{};
  for (double& value : seconds) {
    const std::optional<std::uint64_t> ticks = take_number(*line);
    if (!ticks) {
      return;
    }
    value = static_cast<double>(*ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  load.busy_seconds = seconds[0] + seconds[1] + seconds[2] + seconds[5] + seconds[6];
  load.steal_seconds = seconds[7];
}

std::optional<double> cpu_pressure_seconds(const std::string& root) {
  const std::optional<std::string> text = read_proc_text(root + "/proc/pressure/cpu");
  const std::optional<std::string_view> some = text ? value_after(*text, "some") : std::nullopt;
  const std::size_t at = some ? some->find("total=") : std::string_view::npos;
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::optional<double> microseconds = leading_number(some->substr(at + 6));
  return microseconds ? std::optional{*microseconds * 1e-6} : std::nullopt;
}

}  // namespace

HostFacts read_host_facts(const std::string& root) {
  HostFacts facts;
  utsname names{};
  if (uname(&names) == 0) {
    facts.host = names.nodename;
    facts.kernel = std::string{names.sysname} + " " + names.release;
    facts.architecture = names.machine;
  }
  facts.cpus = usable_cpus();
  facts.cpu_model = cpu_model(root);
  facts.governor = first_line(root + "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  facts.clock_source =
      first_line(root + "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  facts.memory_bytes = memory_bytes(root, "MemTotal");
  return facts;
}

std::optional<std::uint64_t> available_memory(const std::string& root) {
  std::optional<std::uint64_t> available = memory_bytes(root, "MemAvailable");
  const std::optional<std::uint64_t> limit = group_bytes(root, "memory.max");
  if (limit.has_value()) {
    const std::uint64_t used = std::min(*limit, group_bytes(root, "memory.current").value_or(0));
    available = std::min(available.value_or(*limit), *limit - used);
  }
  return available;
}

HostLoad read_host_load(const std::string& root) {
  HostLoad load;
  read_cpu_times(root, load);
  const std::optional<std::string> average = first_line(root + "/proc/loadavg");
  load.load_1m = average ? leading_number(*average) : std::nullopt;
  load.cpu_pressure_seconds = cpu_pressure_seconds(root);
  return load;
}

}  // namespace queuemeter
