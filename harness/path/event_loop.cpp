// SPDX-License-Identifier: Apache-2.0
#include "harness/path/event_loop.hpp"

#include "harness/net/handler_memory.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace queuemeter {
namespace {

/// A look at the sockets takes about so long, so a spinning loop takes none when the next wake-up
/// is closer, and not more often than every so many times as long.
constexpr Duration cost_of_a_look = std::chrono::microseconds{3};
constexpr Duration between_looks = std::chrono::microseconds{10};

/// libstdc++'s steady_clock reads CLOCK_MONOTONIC, which is our time line.
std::chrono::steady_clock::time_point to_steady(Instant at) {
  return std::chrono::steady_clock::time_point{at.time_since_epoch()};
}

}  // namespace

struct EventLoop::Sockets {
  boost::asio::io_context context{1};  // one thread: no locking of handlers
  // Without it a loop with nothing to do would stop the context, silently and for ever.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
      context.get_executor()};
  boost::asio::steady_timer timer{context};
  // Written by other threads to end a sleep. A posted handler would do, but posting allocates.
  boost::asio::posix::stream_descriptor bell{context, ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  HandlerMemory timer_memory;
  HandlerMemory bell_memory;
  Instant armed_for = never;

  Sockets() { listen(); }

  void arm(Instant at) {
    armed_for = at;
    timer.expires_at(to_steady(at));
    timer.async_wait(boost::asio::bind_allocator(timer_memory.allocator(),
                                                 [this](const boost::system::error_code& error) {
                                                   if (!error) {
                                                     armed_for = never;
                                                   }
                                                 }));
  }
  void listen() {
    bell.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    boost::asio::bind_allocator(bell_memory.allocator(),
                                                [this](const boost::system::error_code& error) {
                                                  if (!error) {
                                                    silence();
                                                    listen();
                                                  }
                                                }));
  }
  void ring() noexcept {
    const std::uint64_t once = 1;
    // It cannot fail but by a counter that is full, and then the bell rings already.
    static_cast<void>(::write(bell.native_handle(), &once, sizeof once));
  }
  void silence() noexcept {
    std::uint64_t times = 0;
    static_cast<void>(::read(bell.native_handle(), &times, sizeof times));
  }
};

EventLoop::EventLoop(const Clock& clock, Punctuality punctuality)
    : clock_{clock}, punctuality_{punctuality}, sockets_{std::make_unique<Sockets>()} {}

EventLoop::~EventLoop() = default;

void EventLoop::add(Stepper& stepper) { steppers_.push_back(&stepper); }

boost::asio::io_context& EventLoop::sockets() noexcept { return sockets_->context; }

void EventLoop::turn(Instant until) {
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
  sockets_->context.poll();
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
  // An earlier alarm that is already set does too: it costs one turn in vain, while moving the
  // alarm cancels the wait, and a cancelled wait ends the sleep at once.
  if (at < sockets_->armed_for) {
    sockets_->arm(at);
  }
  // Either we see the news, or the one who brings them sees that we sleep: both write their flag
  // before they read the other's, in one order for all.
  sleeping_.store(true, std::memory_order_seq_cst);
  if (!has_news_.load(std::memory_order_seq_cst)) {
    sockets_->context.run_one();
  }
  sleeping_.store(false, std::memory_order_relaxed);
}

void EventLoop::spin_until(Instant at) {
  boost::asio::io_context& context = sockets_->context;
  Instant now = clock_.now();
  Instant looks_at = now;
  while (now < at && !has_news_.load(std::memory_order_relaxed)) {
    if (now >= looks_at && at - now > cost_of_a_look) {
      if (context.poll() > 0) {
        return;
      }
      looks_at = now + between_looks;
    }
    now = clock_.now();
  }
}

void EventLoop::poll() { sockets_->context.poll(); }

void EventLoop::wake() noexcept {
  // Who finds news there already need not ring: the loop will see what he did before he looked.
  if (!has_news_.exchange(true, std::memory_order_seq_cst) &&
      sleeping_.load(std::memory_order_seq_cst)) {
    sockets_->ring();
  }
}

}  // namespace queuemeter
