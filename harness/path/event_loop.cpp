// SPDX-License-Identifier: Apache-2.0
#include "harness/path/event_loop.hpp"

#include "harness/net/handler_memory.hpp"
#include "harness/net/socket_poll.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace queuemeter {
namespace {

/// A spinning loop takes no look at the sockets when the next wake-up is closer than a look takes:
/// as long as the last one did, within these bounds, because one that was interrupted says nothing.
constexpr Duration shortest_look = std::chrono::microseconds{1};
constexpr Duration longest_look = std::chrono::microseconds{20};
constexpr Duration between_looks = std::chrono::microseconds{10};
/// After so long it takes one in any case, or wake-ups that come fast would starve the sockets.
constexpr Duration longest_without_a_look = std::chrono::microseconds{200};

/// libstdc++'s steady_clock reads CLOCK_MONOTONIC, which is our time line.
std::chrono::steady_clock::time_point to_steady(Instant at) {
  return std::chrono::steady_clock::time_point{at.time_since_epoch()};
}

}  // namespace

/// What the loop sleeps on: the sockets of a `SocketPoll`, and whatever else uses Asio.
///
/// As long as nobody has anything to do in the Asio context, which is the case where all sockets
/// are HTTP, the loop waits in the poll alone: one system call for a sleep, however many sockets
/// have news. From the first Asio operation on, the context drives the poll.
struct EventLoop::Sockets final : private Pollable {
  explicit Sockets(const Clock& clock)
      : clock_{clock},
        poll_{SocketPoll::of(context)},
        bell_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
    poll_.let_context_drive(false);
    // A bell can always be written to, and that would end the first sleep, and each after a ring.
    static_cast<void>(poll_.watch(bell_, *this, SocketPoll::Interest::reading));
  }
  ~Sockets() {
    poll_.forget(*this);
    ::close(bell_);
  }

  /// Sleeps until `at`, or until something has come, and handles it.
  void wait_until(Instant at) {
    if (!is_asio_used()) {
      poll_.wait(at == never ? Duration::max() : at - clock_.now());
      return;
    }
    // An earlier alarm that is already set does too: it costs one turn in vain, while moving the
    // alarm cancels the wait, and a cancelled wait ends the sleep at once.
    if (at < armed_for_) {
      arm(at);
    }
    context.run_one();
  }
  /// Handles what has come; how much of it.
  std::size_t look() { return is_asio_used() ? context.poll() : poll_.wait(Duration{0}); }
  /// The same, once `look` has been called in this turn: nobody has begun to use Asio since.
  std::size_t look_again() { return guard_.has_value() ? context.poll() : poll_.wait(Duration{0}); }
  /// Ends a sleep; any thread.
  void ring() const noexcept {
    const std::uint64_t once = 1;
    // It cannot fail but by a counter that is full, and then the bell rings already.
    static_cast<void>(::write(bell_, &once, sizeof once));
  }

  boost::asio::io_context context{1};  // one thread: no locking of handlers

 private:
  void ready(std::uint32_t /*events*/) override {
    std::uint64_t times = 0;
    static_cast<void>(::read(bell_, &times, sizeof times));
  }
  /// A context that nobody uses has stopped after a look.
  [[nodiscard]] bool is_asio_used() {
    if (guard_.has_value()) {
      return true;
    }
    context.restart();
    context.poll();
    if (context.stopped()) {
      return false;
    }
    // Without it a context with nothing to do would stop, silently and for ever.
    guard_.emplace(context.get_executor());
    poll_.let_context_drive(true);
    return true;
  }
  void arm(Instant at) {
    armed_for_ = at;
    timer_.expires_at(to_steady(at));
    timer_.async_wait(boost::asio::bind_allocator(timer_memory_.allocator(),
                                                  [this](const boost::system::error_code& error) {
                                                    if (!error) {
                                                      armed_for_ = never;
                                                    }
                                                  }));
  }

  const Clock& clock_;
  SocketPoll& poll_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guard_;
  boost::asio::steady_timer timer_{context};
  HandlerMemory timer_memory_;
  Instant armed_for_ = never;
  int bell_;  // written by other threads: a posted handler would do, but posting allocates
};

EventLoop::EventLoop(const Clock& clock, Punctuality punctuality)
    : clock_{clock}, punctuality_{punctuality}, sockets_{std::make_unique<Sockets>(clock)} {}

EventLoop::~EventLoop() = default;

void EventLoop::add(Stepper& stepper) { steppers_.push_back(&stepper); }

boost::asio::io_context& EventLoop::sockets() noexcept { return sockets_->context; }

void EventLoop::turn(Instant until) {
  if (!is_thread_punctual_) {
    // Of this thread: the kernel may end a wait 50 us late by default, to save power.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    is_thread_punctual_ = true;
  }
  // Before the steps, which see what the one who called wake() did before.
  has_news_.exchange(false, std::memory_order_acq_rel);
  const Instant now = clock_.now();
  Instant wake_at = never;
  for (Stepper* const stepper : steppers_) {
    wake_at = std::min(wake_at, stepper->step(now));
  }
  wake_at = std::min(on_grid(wake_at), until);
  if (wake_at > now) {
    if (punctuality_.spin == Duration{0}) {
      sleep_until(wake_at);
    } else if (wake_at - now > punctuality_.spin) {
      sleep_until(wake_at - punctuality_.spin);
      return;  // what the sockets brought may have changed what is next
    } else {
      spin_until(wake_at);
      return;
    }
  }
  sockets_->look();
}

Instant EventLoop::on_grid(Instant at) const noexcept {
  const Duration::rep grid = punctuality_.grid.count();
  if (grid == 0 || at == never) {
    return at;
  }
  const Duration::rep nanoseconds = to_nanoseconds(at);
  const Duration::rep over = nanoseconds % grid;
  return over == 0 ? at : instant_from_nanoseconds(nanoseconds - over + grid);
}

void EventLoop::sleep_until(Instant at) {
  // Either we see the news, or the one who brings them sees that we sleep: both write their flag
  // before they read the other's, in one order for all.
  sleeping_.store(true, std::memory_order_seq_cst);
  if (!has_news_.load(std::memory_order_seq_cst)) {
    sockets_->wait_until(at);
  }
  sleeping_.store(false, std::memory_order_relaxed);
}

void EventLoop::spin_until(Instant at) {
  bool has_looked = false;
  Instant now = clock_.now();
  while (now < at && !has_news_.load(std::memory_order_relaxed)) {
    const Duration since_look = now - looked_at_;
    const bool has_time = at - now > look_takes_ && since_look > between_looks;
    if (!has_time && since_look <= longest_without_a_look) {
      now = clock_.now();
      continue;
    }
    const std::size_t came = has_looked ? sockets_->look_again() : sockets_->look();
    has_looked = true;
    looked_at_ = clock_.now();
    look_takes_ = std::clamp(looked_at_ - now, shortest_look, longest_look);
    if (came > 0) {
      return;
    }
    now = looked_at_;
  }
}

void EventLoop::poll() { sockets_->look(); }

void EventLoop::wake() noexcept {
  // Who finds news there already need not ring: the loop will see what he did before he looked.
  if (!has_news_.exchange(true, std::memory_order_seq_cst) &&
      sleeping_.load(std::memory_order_seq_cst)) {
    sockets_->ring();
  }
}

}  // namespace queuemeter
