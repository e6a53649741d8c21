// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/roles.hpp"

#include "harness/measure/allocation_count.hpp"
#include "harness/measure/proc_text.hpp"

#include <algorithm>
#include <ctime>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {

namespace {

/// Exact at this moment, where /proc is up to a scheduler tick behind.
std::uint64_t read_cpu_ns(clockid_t cpu_clock) {
  timespec time{};
  if (clock_gettime(cpu_clock, &time) != 0) {
    return 0;
  }
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/// Source: kernel Documentation/scheduler/sched-stats: time on a CPU, time waiting for one (ns).
std::uint64_t read_run_queue_delay_ns(const std::string& folder) {
  const std::optional<std::string> text = read_proc_text(folder + "/schedstat");
  if (!text) {
    return 0;
  }
  std::string_view rest = *text;
  return take_number(rest) ? take_number(rest).value_or(0) : 0;
}

std::uint64_t number_after(std::string_view text, std::string_view key) {
  std::optional<std::string_view> value = value_after(text, key);
  return value ? take_number(*value).value_or(0) : 0;
}

/// What a living thread has used since it started.
ThreadUsage total_usage(int tid, clockid_t cpu_clock,
                        const std::atomic<std::uint64_t>& allocations) {
  ThreadUsage usage;
  const std::string folder = "/proc/self/task/" + std::to_string(tid);
  usage.cpu_ns = read_cpu_ns(cpu_clock);
  usage.run_queue_delay_ns = read_run_queue_delay_ns(folder);
  if (const std::optional<std::string> text = read_proc_text(folder + "/status")) {
    usage.voluntary_switches = number_after(*text, "voluntary_ctxt_switches");
    usage.involuntary_switches = number_after(*text, "nonvoluntary_ctxt_switches");
  }
  usage.allocations = allocations.load(std::memory_order_relaxed);
  return usage;
}

/// Since `start`, which also says whose usage it is.
ThreadUsage usage_since(const ThreadUsage& start, const ThreadUsage& now) {
  ThreadUsage usage = start;
  usage.cpu_ns = now.cpu_ns - start.cpu_ns;
  usage.run_queue_delay_ns = now.run_queue_delay_ns - start.run_queue_delay_ns;
  usage.voluntary_switches = now.voluntary_switches - start.voluntary_switches;
  usage.involuntary_switches = now.involuntary_switches - start.involuntary_switches;
  usage.allocations = now.allocations - start.allocations;
  return usage;
}

double seconds_between(std::uint64_t before_ns, std::uint64_t after_ns) noexcept {
  return static_cast<double>(after_ns - before_ns) * 1e-9;
}

double seconds_of(const timeval& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

Enrolment::Enrolment(Enrolment&& other) noexcept
    : registry_{std::exchange(other.registry_, nullptr)}, number_{other.number_} {}

Enrolment::~Enrolment() {
  if (registry_ != nullptr) {
    registry_->leave(number_);
  }
}

Enrolment RoleRegistry::enroll(std::string_view role) {
  const int tid = gettid();
  const std::atomic<std::uint64_t>& allocations = thread_allocation_counter();
  clockid_t cpu_clock = CLOCK_THREAD_CPUTIME_ID;
  pthread_getcpuclockid(pthread_self(), &cpu_clock);
  const std::scoped_lock lock{mutex_};
  const std::uint64_t number = members_.size();
  Member& member = members_.emplace_back(Member{ThreadUsage{}, cpu_clock, &allocations});
  // Last, so that what enrolling itself takes is not in the account.
  member.usage = total_usage(tid, cpu_clock, allocations);
  member.usage.role = role;
  member.usage.enrolment = number;
  member.usage.tid = tid;
  return Enrolment{*this, number};
}

ThreadUsage RoleRegistry::used_by(const Member& member) {
  return usage_since(member.usage,
                     total_usage(member.usage.tid, member.cpu_clock, *member.allocations));
}

void RoleRegistry::leave(std::uint64_t number) {
  const std::scoped_lock lock{mutex_};
  Member& member = members_[number];
  member.usage = used_by(member);
  member.allocations = nullptr;
}

std::vector<ThreadUsage> RoleRegistry::read() const {
  const std::scoped_lock lock{mutex_};
  std::vector<ThreadUsage> usages;
  usages.reserve(members_.size());
  for (const Member& member : members_) {
    // A thread cannot leave meanwhile, so its id and its counter are still its own.
    usages.push_back(member.allocations == nullptr ? member.usage : used_by(member));
  }
  return usages;
}

std::vector<RoleUsage> role_cost(const std::vector<ThreadUsage>& before,
                                 const std::vector<ThreadUsage>& after, Duration wall) {
  std::vector<RoleUsage> roles;
  for (std::size_t index = 0; index < after.size(); ++index) {
    const ThreadUsage& now = after[index];
    // Readings of one registry list the same threads in the same order; the later has more.
    const ThreadUsage then = index < before.size() ? before[index] : ThreadUsage{};
    auto role = std::find_if(roles.begin(), roles.end(),
                             [&](const RoleUsage& known) { return known.role == now.role; });
    if (role == roles.end()) {
      role = roles.insert(roles.end(), RoleUsage{.role = now.role});
    }
    const double cpu = seconds_between(then.cpu_ns, now.cpu_ns);
    const double delay = seconds_between(then.run_queue_delay_ns, now.run_queue_delay_ns);
    const double length = wall > Duration{0} ? to_seconds(wall) : 1.0;
    ++role->threads;
    role->cpu_seconds += cpu;
    role->run_queue_delay_seconds += delay;
    role->busiest_thread_cpu = std::max(role->busiest_thread_cpu, cpu / length);
    role->busiest_thread_delay = std::max(role->busiest_thread_delay, delay / length);
    role->voluntary_switches += now.voluntary_switches - then.voluntary_switches;
    role->involuntary_switches += now.involuntary_switches - then.involuntary_switches;
    role->allocations += now.allocations - then.allocations;
  }
  return roles;
}

ProcessUsage process_usage() noexcept {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) {
    return {};
  }
  return ProcessUsage{.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                      // Linux counts it in KiB.
                      .max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024,
                      .voluntary_switches = static_cast<std::uint64_t>(usage.ru_nvcsw),
                      .involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw)};
}

}  // namespace queuemeter
