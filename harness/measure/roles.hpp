// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// What one thread has used since it enrolled. 0 where the kernel does not tell.
struct ThreadUsage {
  std::string role;
  std::uint64_t enrolment = 0;  ///< number of the thread in its registry; thread ids are reused
  int tid = 0;
  std::uint64_t cpu_ns = 0;
  std::uint64_t run_queue_delay_ns = 0;  ///< ready to run, but not running
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t allocations = 0;
};

class RoleRegistry;

/// A thread's membership in a registry; ends with this object. Made and destroyed by that thread.
class [[nodiscard]] Enrolment {
 public:
  Enrolment(Enrolment&& other) noexcept;
  Enrolment& operator=(Enrolment&&) = delete;
  ~Enrolment();

 private:
  friend class RoleRegistry;
  Enrolment(RoleRegistry& registry, std::uint64_t number) : registry_{&registry}, number_{number} {}

  RoleRegistry* registry_;
  std::uint64_t number_;
};

/// Who runs what: which thread plays which role (offerer, worker, settler, conductor), and what it
/// has used. Thread-safe. Must outlive its enrolments.
class RoleRegistry {
 public:
  RoleRegistry() = default;
  RoleRegistry(const RoleRegistry&) = delete;
  RoleRegistry& operator=(const RoleRegistry&) = delete;

  /// Called by the thread itself, for as long as it keeps the result.
  [[nodiscard]] Enrolment enroll(std::string_view role);

  /// Every thread that is or was enrolled and what it used while it was.
  /// Source: each thread's CPU clock, /proc/self/task/<tid>/schedstat and status.
  [[nodiscard]] std::vector<ThreadUsage> read() const;

 private:
  friend class Enrolment;
  struct Member {
    ThreadUsage usage;  // as of enrolment; once the thread has left, what it used in between
    clockid_t cpu_clock = CLOCK_THREAD_CPUTIME_ID;
    const std::atomic<std::uint64_t>* allocations = nullptr;  // null once the thread has left
  };
  void leave(std::uint64_t number);
  [[nodiscard]] static ThreadUsage used_by(const Member& member);

  mutable std::mutex mutex_;  // guards members_
  std::vector<Member> members_;
};

/// What the threads of one role used between two readings.
struct RoleUsage {
  std::string role;
  std::size_t threads = 0;
  double cpu_seconds = 0.0;
  double run_queue_delay_seconds = 0.0;
  double busiest_thread_cpu = 0.0;    ///< CPU ÷ wall of its busiest thread, 0…1
  double busiest_thread_delay = 0.0;  ///< run-queue delay ÷ wall of the thread that waited most
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t allocations = 0;
};

/// One entry for each role, in order of first enrolment. `before` and `after` come from the same
/// registry, `wall` apart; a thread that enrolled in between counts from its enrolment.
[[nodiscard]] std::vector<RoleUsage> role_cost(const std::vector<ThreadUsage>& before,
                                               const std::vector<ThreadUsage>& after,
                                               Duration wall);

/// What this process has used since it started.
struct ProcessUsage {
  double cpu_seconds = 0.0;  ///< user and system
  std::uint64_t max_rss_bytes = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
};
[[nodiscard]] ProcessUsage process_usage() noexcept;

}  // namespace queuemeter
