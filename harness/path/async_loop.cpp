// SPDX-License-Identifier: Apache-2.0
#include "harness/path/async_loop.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <algorithm>
#include <array>

namespace queuemeter {

struct AsyncLoop::Rings {
  explicit Rings(std::size_t slots) : posted{slots}, freed{slots} {}
  boost::lockfree::spsc_queue<std::uint32_t> posted;
  boost::lockfree::spsc_queue<std::uint32_t> freed;
};

AsyncLoop::AsyncLoop(const WorkerContext& context, std::size_t slots)
    : context_{context},
      route_{context.replies == nullptr
                 ? std::nullopt
                 : std::make_optional<ReplyRoute>(*context.replies, context.returns)},
      bench_{slots, route_.has_value() ? *route_ : context.returns, context.retry, context.budget},
      rings_{std::make_unique<Rings>(slots)} {
  free_.reserve(slots);
  reserved_.reserve(slots);
  // The lowest number on top, so that a small load keeps touching the same few cache lines.
  for (std::size_t number = slots; number-- > 0;) {
    free_.push_back(static_cast<std::uint32_t>(number));
  }
}

AsyncLoop::~AsyncLoop() = default;

namespace {

/// How many slots ahead the taker asks for the next ones it will fill.
constexpr std::size_t slots_ahead = 4;

/// Asks for a slot that comes from another core's cache.
void fetch_ahead(const WorkSlot& slot) noexcept {
  const auto* const bytes = reinterpret_cast<const char*>(&slot);
  for (std::size_t offset = 0; offset < sizeof(WorkSlot); offset += 64) {
    __builtin_prefetch(bytes + offset, 1);
  }
}

}  // namespace

WorkSlot& AsyncLoop::reserve() {
  if (free_.size() > slots_ahead) {
    fetch_ahead(bench_.slot(free_[free_.size() - 1 - slots_ahead]));
  }
  reserved_.push_back(free_.back());
  free_.pop_back();
  return bench_.slot(reserved_.back());
}

void AsyncLoop::post() {
  if (reserved_.empty()) {
    return;
  }
  rings_->posted.push(reserved_.data(), reserved_.size());
  reserved_.clear();
  if (loop_waker_ != nullptr) {
    loop_waker_->wake();
  }
}

bool AsyncLoop::has_freed() const noexcept { return rings_->freed.read_available() > 0; }

void AsyncLoop::collect_freed() {
  rings_->freed.consume_all([this](std::uint32_t number) { free_.push_back(number); });
}

void AsyncLoop::connect(boost::asio::io_context* loop) {
  if (route_.has_value()) {
    route_->connect(context_.clock, loop);
  }
  bench_.connect(context_.backend, context_.clock, loop);
}

void AsyncLoop::disconnect() {
  bench_.disconnect();
  if (route_.has_value()) {
    route_->disconnect();
  }
}

Instant AsyncLoop::step(Instant now) {
  const Instant wake_at = route_.has_value() ? route_->step(now) : never;
  bench_.step(now);
  begin_posted();
  send_back();
  bench_.publish();
  return std::min(wake_at, bench_.next_wake());
}

void AsyncLoop::begin_posted() {
  std::array<std::uint32_t, 64> numbers;
  while (const std::size_t count = rings_->posted.pop(numbers.data(), numbers.size())) {
    // Read after the calls have come: none of them begins before it was taken.
    const Instant now = context_.clock.now();
    const std::span posted = std::span{numbers}.first(count);
    for (const std::uint32_t number : posted) {
      fetch_ahead(bench_.slot(number));
    }
    for (const std::uint32_t number : posted) {
      bench_.begin(number, now);
    }
  }
}

void AsyncLoop::send_back() {
  if (!bench_.finished().empty()) {
    rings_->freed.push(bench_.finished().data(), bench_.finished().size());
    bench_.forget_finished();
    if (taker_waker_ != nullptr) {
      taker_waker_->wake();
    }
  }
}

void AsyncLoop::abandon(Instant now) {
  begin_posted();
  bench_.abandon(now);
  send_back();
}

}  // namespace queuemeter
