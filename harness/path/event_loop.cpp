// SPDX-License-Identifier: Apache-2.0
#include "harness/path/event_loop.hpp"

#include "harness/backend/handler_memory.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>

namespace queuemeter {
namespace {

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
  HandlerMemory timer_memory;
  Instant armed_for = never;

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
};

EventLoop::EventLoop(const Clock& clock) : clock_{clock}, sockets_{std::make_unique<Sockets>()} {}

EventLoop::~EventLoop() = default;

void EventLoop::add(Stepper& stepper) { steppers_.push_back(&stepper); }

boost::asio::io_context& EventLoop::sockets() noexcept { return sockets_->context; }

void EventLoop::turn(Instant until) {
  const Instant now = clock_.now();
  Instant wake_at = until;
  for (Stepper* const stepper : steppers_) {
    wake_at = std::min(wake_at, stepper->step(now));
  }
  boost::asio::io_context& context = sockets_->context;
  if (wake_at > now) {
    // An earlier alarm that is already set does too: it costs one turn in vain, while moving the
    // alarm cancels the wait, and a cancelled wait ends the sleep at once.
    if (wake_at < sockets_->armed_for) {
      sockets_->arm(wake_at);
    }
    context.run_one();
  }
  context.poll();
}

void EventLoop::poll() { sockets_->context.poll(); }

void EventLoop::wake() {
  boost::asio::post(sockets_->context, [] {});
}

}  // namespace queuemeter
