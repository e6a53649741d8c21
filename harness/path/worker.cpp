// SPDX-License-Identifier: Apache-2.0
#include "harness/path/worker.hpp"

#include <algorithm>

namespace queuemeter {

Worker::Worker(const WorkerContext& context)
    : context_{context},
      route_{context.replies == nullptr
                 ? std::nullopt
                 : std::make_optional<ReplyRoute>(*context.replies, context.returns)},
      bench_{1, route_.has_value() ? *route_ : context.returns, context.retry, context.budget},
      taker_{context.taking, context.front, context.producers, context.priorities} {}

void Worker::connect(boost::asio::io_context* loop) {
  taker_.connect(context_.queue, context_.clock);
  if (route_.has_value()) {
    route_->connect(context_.clock, loop);
  }
  bench_.connect(context_.backend, context_.clock, loop);
}

void Worker::disconnect() {
  bench_.disconnect();
  if (route_.has_value()) {
    route_->disconnect();
  }
  taker_.disconnect();
}

Instant Worker::step(Instant now) {
  Instant wake_at = route_.has_value() ? route_->step(now) : never;
  bench_.step(now);
  collect_finished();
  while (bench_.idle() && begin_next(now)) {
    collect_finished();
  }
  if (bench_.idle()) {
    taker_.flush();
    if (context_.taking.poll > Duration{0}) {
      wake_at = std::min(wake_at, taker_.look_again_at());
    }
  }
  bench_.publish();
  return std::min(wake_at, bench_.next_wake());
}

bool Worker::begin_next(Instant now) {
  if (!taker_.has_next(context_.taking.batch, now)) {
    return false;
  }
  // The first of a batch begins as it is taken, the others when those before them are done.
  const Instant begins_at = std::max(taker_.next_taken_at(), now);
  taker_.load_next(begins_at, bench_.slot(0));
  bench_.begin(0, begins_at);
  return true;
}

void Worker::collect_finished() {
  if (!bench_.finished().empty()) {
    taker_.done(bench_.slot(0).delivered);
    bench_.forget_finished();
  }
}

void Worker::abandon(Instant now) {
  bench_.abandon(now);
  collect_finished();
  while (!taker_.give_back_rest()) {
    WorkSlot& slot = bench_.slot(0);
    taker_.load_next(now, slot);
    slot.outcome = Outcome::unfinished;
    slot.reason = Reason::drain_ended;
    bench_.begin(0, now);
    collect_finished();
  }
  taker_.flush();
  bench_.publish();
}

}  // namespace queuemeter
