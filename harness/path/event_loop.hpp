// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/stepper.hpp"

#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// Drives steppers and sockets on the calling thread: one Asio timer, set to the earliest wake-up
/// that anybody wants; at each wake-up everybody does what is due.
///
/// One thread, except `wake()`.
class EventLoop {
 public:
  explicit EventLoop(const Clock& clock);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Steps `stepper` from now on, in the order of adding; it must outlive the loop's last turn.
  void add(Stepper& stepper);
  /// For clients that need sockets.
  [[nodiscard]] boost::asio::io_context& sockets() noexcept;

  /// One turn: steps everybody, then sleeps until the earliest wake-up, a socket event, `wake()`
  /// or `until`, and handles what came.
  void turn(Instant until = never);

  /// Handles what has come to the sockets, without stepping anybody and without waiting.
  void poll();

  /// Ends the current sleep. Any thread.
  void wake();

 private:
  struct Sockets;  // the Asio half; hidden so that this header stays light

  const Clock& clock_;
  std::vector<Stepper*> steppers_;
  std::unique_ptr<Sockets> sockets_;
};

}  // namespace queuemeter
