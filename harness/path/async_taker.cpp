// SPDX-License-Identifier: Apache-2.0
#include "harness/path/async_taker.hpp"

#include <algorithm>

namespace queuemeter {

AsyncTaker::AsyncTaker(const WorkerContext& context,
                       std::span<const std::unique_ptr<AsyncLoop>> loops)
    : context_{context},
      loops_{loops},
      taker_{context.taking, context.front, context.producers, context.priorities} {
  collect();
}

Instant AsyncTaker::step(Instant now) {
  collect();
  took_ = 0;
  // Credit is not renewed in here, so a step ends.
  while (taker_.has_next(credit_, now)) {
    taker_.load_next(taker_.next_taken_at(), next_loop().reserve());
    --credit_;
    ++took_;
    if (taker_.pending() == 0) {
      post_all();
    }
  }
  if (took_ == 0) {
    taker_.flush();
  }
  return context_.taking.poll > Duration{0} && has_credit() ? taker_.look_again_at() : never;
}

bool AsyncTaker::has_freed() const noexcept {
  return std::ranges::any_of(loops_, [](const auto& loop) { return loop->has_freed(); });
}

void AsyncTaker::collect() {
  credit_ = 0;
  for (const auto& loop : loops_) {
    loop->collect([this](CallHandle delivered) { taker_.done(delivered); });
    credit_ += loop->free_slots();
  }
}

void AsyncTaker::post_all() {
  for (const auto& loop : loops_) {
    loop->post();
  }
}

AsyncLoop& AsyncTaker::next_loop() noexcept {
  do {
    turn_ = (turn_ + 1) % loops_.size();
  } while (loops_[turn_]->free_slots() == 0);  // credit says that one of them has some
  return *loops_[turn_];
}

void AsyncTaker::finish() {
  collect();
  taker_.flush();
}

}  // namespace queuemeter
