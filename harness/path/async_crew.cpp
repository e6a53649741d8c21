// SPDX-License-Identifier: Apache-2.0
#include "harness/path/async_crew.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

namespace queuemeter {
namespace {

/// How long a thread sleeps without looking whether the run is over. Wake-ups end most sleeps at
/// once; this bounds the one that began while a wake-up passed.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};
/// How long a call that is done may stay unacknowledged because the taker waits for the queue.
constexpr Duration longest_debt = std::chrono::milliseconds{1};

std::vector<std::unique_ptr<AsyncLoop>> make_loops(const WorkerContext& context, std::size_t slots,
                                                   std::size_t count) {
  std::vector<std::unique_ptr<AsyncLoop>> loops;
  for (std::size_t number = 0; number < count; ++number) {
    const std::size_t share = slots / count + (number < slots % count ? 1 : 0);
    loops.push_back(std::make_unique<AsyncLoop>(context, share));
  }
  return loops;
}

}  // namespace

class AsyncCrew::TakerWaker final : public Waker {
 public:
  explicit TakerWaker(WaitPoint& point) : point_{point} {}
  void wake() noexcept override { point_.notify(1); }

 private:
  WaitPoint& point_;
};

AsyncCrew::AsyncCrew(WorkerContext context, std::size_t slots, std::size_t loops)
    : context_{std::move(context)},
      slots_{std::max<std::size_t>(1, slots)},
      loops_{make_loops(context_, slots_, std::clamp<std::size_t>(loops, 1, slots_))},
      taker_{context_, loops_} {}

AsyncCrew::~AsyncCrew() { stop(); }

Result<void> AsyncCrew::start(RoleRegistry& roles) {
  taker_waker_ = std::make_unique<TakerWaker>(slot_came_back_);
  for (const auto& loop : loops_) {
    drives_.push_back(std::make_unique<EventLoop>(context_.clock));
    loop->set_wakers(drives_.back().get(), taker_waker_.get());
  }
  try {
    taker_thread_ = std::jthread{[this, &roles] { take(roles); }};
    for (std::size_t number = 0; number < loops_.size(); ++number) {
      loop_threads_.emplace_back([this, number, &roles] { turn(number, roles); });
    }
  } catch (const std::system_error& error) {
    stop();
    return Error::unavailable("workers.threads: the system gives no more threads than it has (" +
                              std::string{error.what()} + "); use fewer than " +
                              std::to_string(loops_.size()));
  }
  return {};
}

void AsyncCrew::stop() {
  if (!taker_thread_.joinable()) {
    return;
  }
  stop_taking_.store(true, std::memory_order_release);
  context_.queue.interrupt();
  slot_came_back_.interrupt();
  taken_last_.acquire();
  stop_loops_.store(true, std::memory_order_release);
  for (const auto& drive : drives_) {
    drive->wake();
  }
  loop_threads_.clear();  // joins
  loops_ended_.release();
  taker_thread_.join();
}

void AsyncCrew::take(RoleRegistry& roles) {
  const auto enrolment = roles.enroll("worker");
  taker_.connect();
  const auto is_over = [this] { return stop_taking_.load(std::memory_order_acquire); };
  while (!is_over()) {
    const Instant now = context_.clock.now();
    const Instant wake_at = taker_.step(now);
    if (taker_.took() > 0) {
      continue;
    }
    const Instant until = std::min(wake_at, now + longest_sleep);
    if (wake_at != never || !taker_.has_credit()) {
      slot_came_back_.wait(until, [&] { return is_over() || taker_.has_freed(); });
    } else {
      taker_.wait(taker_.owes_acknowledgement() ? std::min(until, now + longest_debt) : until);
    }
  }
  taken_last_.release();
  loops_ended_.acquire();
  taker_.finish();
  taker_.disconnect();
}

void AsyncCrew::turn(std::size_t number, RoleRegistry& roles) {
  const auto enrolment = roles.enroll("worker");
  AsyncLoop& loop = *loops_[number];
  EventLoop& drive = *drives_[number];
  loop.connect(&drive.sockets());
  drive.add(loop);
  while (!stop_loops_.load(std::memory_order_acquire)) {
    drive.turn(context_.clock.now() + longest_sleep);
  }
  loop.abandon(context_.clock.now());
  loop.disconnect();
}

Duration AsyncCrew::busy_time(Instant now) const {
  Duration sum{0};
  for (const auto& loop : loops_) {
    sum += loop->busy_time(now);
  }
  return sum;
}

WorkerCounts AsyncCrew::counts() const {
  WorkerCounts counts;
  counts.taken = taker_.taken();
  for (const auto& loop : loops_) {
    counts.retried += loop->retried();
  }
  return counts;
}

void AsyncCrew::connect() {
  taker_.connect();
  for (const auto& loop : loops_) {
    loop->connect(nullptr);
  }
}

Instant AsyncCrew::step(Instant now) {
  // Replies free slots, the taker fills them, and what is done at once frees them again.
  Instant wake_at = never;
  do {
    for (const auto& loop : loops_) {
      loop->step(now);
    }
    wake_at = taker_.step(now);
    for (const auto& loop : loops_) {
      wake_at = std::min(wake_at, loop->step(now));
    }
  } while (taker_.took() > 0 && taker_.has_freed());
  return wake_at;
}

void AsyncCrew::abandon(Instant now) {
  for (const auto& loop : loops_) {
    loop->abandon(now);
  }
  taker_.finish();
}

void AsyncCrew::disconnect() {
  for (const auto& loop : loops_) {
    loop->disconnect();
  }
  taker_.disconnect();
}

}  // namespace queuemeter
