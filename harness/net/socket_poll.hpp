// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/epoll.h>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// Hears of what happens to one descriptor.
class Pollable {
 public:
  Pollable() = default;
  Pollable(const Pollable&) = delete;
  Pollable& operator=(const Pollable&) = delete;
  /// `events` are those of epoll; 0 after `call_soon`. It may forget itself or others.
  virtual void ready(std::uint32_t events) = 0;

 protected:
  ~Pollable() = default;
};

/// The sockets of one event loop, watched by an epoll of our own: edge-triggered, registered once
/// for reading and writing, so that a request and its answer cost one send, one receive and a
/// share of one wait. Asio's reactor needs a second receive or an `epoll_ctl` for each of them.
///
/// Driven by whoever calls `wait`, or by an Asio context (`of`), which then sees one descriptor.
/// One thread.
class SocketPoll {
 public:
  SocketPoll();
  SocketPoll(const SocketPoll&) = delete;
  SocketPoll& operator=(const SocketPoll&) = delete;
  ~SocketPoll();

  /// The poll of an Asio context, made with the first call and driven by the context from then on.
  [[nodiscard]] static SocketPoll& of(boost::asio::io_context& context);
  /// Whether its Asio context drives it; without one nobody but `wait` does.
  void let_context_drive(bool drives);

  /// Which events concern whoever watches.
  enum class Interest : std::uint8_t { reading, reading_and_writing };
  /// Tells `by` of events from now on; false when the system has no room to watch it.
  [[nodiscard]] bool watch(int descriptor, Pollable& by,
                           Interest interest = Interest::reading_and_writing) noexcept;
  /// Tells `by` no more, also not of what has happened already. Before its descriptor is closed,
  /// which ends the watch.
  void forget(const Pollable& by) noexcept;
  /// Calls `by.ready(0)` once, with the next wait.
  void call_soon(Pollable& by);

  /// Waits until something happens, `at_most` as long, and tells whom it concerns. How many.
  std::size_t wait(Duration at_most);

  /// Memory for what is received, shared by all of its sockets. Its content is lost with the next
  /// `ready` of anybody.
  [[nodiscard]] std::span<char> buffer() noexcept { return buffer_; }
  [[nodiscard]] int descriptor() const noexcept { return epoll_; }

 private:
  class Host;  // the Asio half; hidden so that this header stays light

  [[nodiscard]] int wait_for_events(Duration at_most) noexcept;
  std::size_t tell_soon();

  static constexpr std::size_t most_events = 256;
  static constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;

  int epoll_;
  Host* host_ = nullptr;
  std::array<epoll_event, most_events> events_{};
  std::size_t event_count_ = 0;
  std::vector<Pollable*> soon_;
  std::vector<char> buffer_;
};

}  // namespace queuemeter
