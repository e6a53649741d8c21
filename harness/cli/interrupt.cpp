// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/interrupt.hpp"

#include "harness/call/exit_code.hpp"

#include <csignal>
#include <string_view>
#include <unistd.h>

namespace queuemeter::cli {

namespace {

// A signal handler reaches nothing but globals.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait for a lock");

extern "C" void note_signal(int /*number*/) {
  // Relaxed: the flag carries no other data.
  if (interrupted.exchange(true, std::memory_order_relaxed)) {
    _exit(to_int(ExitCode::interrupted));
  }
  constexpr std::string_view note =
      "\ninterrupted: lets the calls on their way finish, then writes; again to stop at once\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, note.data(), note.size());
}

void set_action(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

InterruptFlag::InterruptFlag() {
  interrupted.store(false, std::memory_order_relaxed);
  set_action(note_signal);
}

InterruptFlag::~InterruptFlag() { set_action(SIG_DFL); }

const std::atomic<bool>& InterruptFlag::raised() const noexcept { return interrupted; }

void hold_stop_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wait_for_stop() {
  const sigset_t signals = stop_signals();
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
}

}  // namespace queuemeter::cli
