// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/call_pool.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// How punctual a loop's wake-ups are. A sleep ends late by what the kernel needs, some 50 µs; a
/// loop that spins instead is punctual and keeps a CPU busy; one that wakes on a grid only is late
/// by half of it in the mean, and cheap. Either is 0 for a plain timer.
struct Punctuality {
  /// Sleeps until so long before a wake-up and then spins, with an eye on the sockets. Below the
  /// latency of a wake-up (50 µs) it would not help.
  Duration spin{0};
  /// Wake-ups are put off to the next multiple of it.
  Duration grid{0};
};

/// Drives steppers and sockets on the calling thread: it sleeps until the earliest wake-up that
/// anybody wants, or until a socket has news; at each wake-up everybody does what is due.
///
/// Made and destroyed by any thread while none runs it; one thread otherwise, except `wake()`.
class EventLoop final : public Waker {
 public:
  explicit EventLoop(const Clock& clock, Punctuality punctuality = {});
  ~EventLoop() override;

  /// Steps `stepper` from now on, in the order of adding; it must outlive the loop's last turn.
  void add(Stepper& stepper);
  /// For clients that need sockets.
  [[nodiscard]] boost::asio::io_context& sockets() noexcept;

  /// One turn: steps everybody, then sleeps until the earliest wake-up, a socket event, `wake()`
  /// or `until`, and handles what came.
  void turn(Instant until = never);

  /// Handles what has come to the sockets, without stepping anybody and without waiting.
  void poll();

  /// Ends the current sleep, or keeps the next one from beginning. Any thread; costs an exchange
  /// when the loop is awake, and a system call when it sleeps.
  void wake() noexcept override;

 private:
  struct Sockets;  // what it sleeps on; hidden so that this header stays light

  void sleep_until(Instant at);
  void spin_until(Instant at);
  [[nodiscard]] Instant on_grid(Instant at) const noexcept;

  const Clock& clock_;
  Punctuality punctuality_;
  std::vector<Stepper*> steppers_;
  std::unique_ptr<Sockets> sockets_;
  bool is_thread_punctual_ = false;
  Instant looked_at_{Duration{0}};     // while spinning
  Duration look_takes_{0};             // the last of those looks
  std::atomic<bool> has_news_{false};  // somebody called wake() since the last turn began
  std::atomic<bool> sleeping_{false};
};

}  // namespace queuemeter
