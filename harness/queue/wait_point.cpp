// SPDX-License-Identifier: Apache-2.0
#include "harness/queue/wait_point.hpp"

#include "harness/call/clock.hpp"

#include <climits>

#include <algorithm>
#include <ctime>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace queuemeter {
namespace {

constexpr unsigned spins_before_yielding = 64;
constexpr unsigned spins_between_clock_readings = 64;

void relax_cpu() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

std::uint32_t* futex_word(std::atomic<std::uint32_t>& word) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  return reinterpret_cast<std::uint32_t*>(&word);
}

}  // namespace

bool WaitPoint::pause(unsigned failures, Instant until) const noexcept {
  if (policy_ == WaitPolicyKind::spin_yield && failures > spins_before_yielding) {
    sched_yield();
  } else {
    relax_cpu();
  }
  if (failures % spins_between_clock_readings != 0 || until == never) {
    return true;
  }
  return MonotonicClock{}.now() < until;
}

void WaitPoint::sleep_on(std::uint32_t epoch, Instant until) noexcept {
  // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time (futex(2)). A change of the epoch, a
  // signal and the timeout all end the sleep; the caller looks again in each case.
  timespec deadline{};
  const timespec* timeout = nullptr;
  if (until != never) {
    const std::int64_t nanoseconds = std::max<std::int64_t>(0, to_nanoseconds(until));
    deadline.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
    deadline.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
    timeout = &deadline;
  }
  syscall(SYS_futex, futex_word(epoch_), FUTEX_WAIT_BITSET_PRIVATE, epoch, timeout, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}

void WaitPoint::wake(std::size_t count) noexcept {
  epoch_.fetch_add(1, std::memory_order_release);
  const int sleepers = static_cast<int>(std::min<std::size_t>(count, INT_MAX));
  syscall(SYS_futex, futex_word(epoch_), FUTEX_WAKE_PRIVATE, sleepers, nullptr, nullptr, 0);
}

void WaitPoint::interrupt() noexcept {
  interrupts_.fetch_add(1, std::memory_order_release);
  wake(INT_MAX);
}

}  // namespace queuemeter
