// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/ipc/receive_alarm.hpp"

#include <csignal>
#include <mutex>
#include <unistd.h>

namespace queuemeter::queues {
namespace {

constexpr long again_nanoseconds = 1'000'000;

extern "C" void end_the_call(int /*number*/) {}

/// A real-time signal that nobody in this process uses yet; 0 when there is none.
int alarm_signal() {
  static std::once_flag once;
  static int chosen = 0;
  std::call_once(once, [] {
    for (int number = SIGRTMIN; number <= SIGRTMAX && chosen == 0; ++number) {
      struct sigaction current = {};
      if (sigaction(number, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
        struct sigaction action = {};
        action.sa_handler = end_the_call;
        sigemptyset(&action.sa_mask);
        chosen = sigaction(number, &action, nullptr) == 0 ? number : 0;
      }
    }
  });
  return chosen;
}

timespec to_timespec(Instant at) noexcept {
  const std::int64_t nanoseconds = to_nanoseconds(at);
  return {static_cast<time_t>(nanoseconds / 1'000'000'000),
          static_cast<long>(nanoseconds % 1'000'000'000)};
}

}  // namespace

ReceiveAlarm::~ReceiveAlarm() {
  if (has_timer_) {
    timer_delete(timer_);
  }
}

bool ReceiveAlarm::make_timer() {
  const pid_t thread = gettid();
  if (has_timer_ && thread == thread_) {
    return true;
  }
  if (has_timer_) {
    timer_delete(timer_);
    has_timer_ = false;
  }
  const int number = alarm_signal();
  if (number == 0) {
    return false;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, number);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = number;
  event._sigev_un._tid = thread;  // glibc 2.36 has no other name for it
  has_timer_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  thread_ = thread;
  return has_timer_;
}

bool ReceiveAlarm::arm(Instant at) {
  if (!make_timer()) {
    return false;
  }
  if (at == never) {
    return true;
  }
  itimerspec times{};
  times.it_value = to_timespec(at > Instant{} ? at : Instant{Duration{1}});
  times.it_interval = {0, again_nanoseconds};
  return timer_settime(timer_, TIMER_ABSTIME, &times, nullptr) == 0;
}

void ReceiveAlarm::disarm() noexcept {
  const itimerspec none{};
  timer_settime(timer_, 0, &none, nullptr);
}

void ReceiveAlarm::ring() noexcept {
  const itimerspec now{{0, again_nanoseconds}, {0, 1}};
  timer_settime(timer_, 0, &now, nullptr);
}

}  // namespace queuemeter::queues
