// SPDX-License-Identifier: Apache-2.0
#include "harness/run/worker_half.hpp"

#include "harness/path/async_crew.hpp"
#include "harness/path/thread_crew.hpp"
#include "harness/run/assembly.hpp"
#include "harness/run/queue_sweep.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

namespace queuemeter {
namespace {

/// Replies beyond one per record that the inbox holds before it only counts.
constexpr std::size_t room_for_duplicates = 4096;
/// How long replies that are under way through the reply queue are waited for when all is over.
constexpr Duration patience_for_replies = std::chrono::milliseconds{500};

std::size_t records_of(const std::vector<CallPool*>& pools) {
  std::size_t records = 0;
  for (const CallPool* const pool : pools) {
    records += pool->capacity();
  }
  return records;
}

}  // namespace

WorkerHalf::WorkerHalf(Parts parts)
    : parts_{std::move(parts)},
      retry_{make_retry_rules(parts_.scenario), parts_.scenario.run.seed},
      budget_{parts_.scenario.workers.retry.budget},
      inbox_{std::make_unique<ReplyInbox>(records_of(parts_.pools) + room_for_duplicates)},
      settler_{std::make_unique<Settler>(
          Settler::Parts{.clock = parts_.clock,
                         .inbox = *inbox_,
                         .settlements = *parts_.settlements,
                         .pools = parts_.pools,
                         .calls = &parts_.queue,
                         .replies = parts_.replies.get(),
                         .reply_returns = parts_.scenario.path.reply != ReplyKind::none &&
                                          parts_.scenario.path.kind != PathKind::take})},
      crew_{make_crew()} {}

WorkerContext WorkerHalf::make_context() {
  WorkerContext context{.clock = parts_.clock,
                        .queue = parts_.queue,
                        .backend = parts_.backend,
                        .returns = *inbox_,
                        .replies = parts_.replies.get(),
                        .front = front_,
                        .retry = retry_,
                        .budget = budget_,
                        .taking = make_taking_rules(parts_.scenario, parts_.queue.traits()),
                        .producers = parts_.pools.size()};
  context.priorities.clear();
  for (const TrafficClass& kind : parts_.scenario.traffic.effective_classes()) {
    context.priorities.push_back(kind.priority);
  }
  return context;
}

std::unique_ptr<WorkerCrew> WorkerHalf::make_crew() {
  const WorkerSettings& workers = parts_.scenario.workers;
  if (parts_.scenario.path.kind == PathKind::offer) {
    return std::make_unique<ThreadCrew>(make_context(), 0);
  }
  switch (workers.kind) {
    case WorkerSettings::Kind::process:
      if (parts_.make_process_crew) {
        return parts_.make_process_crew(parts_.scenario, make_context());
      }
      break;
    case WorkerSettings::Kind::async:
      return std::make_unique<AsyncCrew>(make_context(), workers.count, workers.threads);
    case WorkerSettings::Kind::thread:
      break;
  }
  return std::make_unique<ThreadCrew>(make_context(), workers.count);
}

std::optional<Duration> WorkerHalf::oldest_age(Instant now, Instant run_start) const {
  const std::optional<std::size_t> depth = parts_.queue.depth();
  if (!depth.has_value()) {
    return std::nullopt;
  }
  const Instant front = front_.offered_at();
  return *depth == 0 ? Duration{0} : now - (is_observed(front) ? front : run_start);
}

void WorkerHalf::sweep() {
  settle_last_replies();
  if (crew_->settle_doubts() > 0) {
    settler_->step(parts_.clock.now());
  }
  const bool forgets = parts_.queue.traits().delivery == QueueDelivery::destructive;
  // What an acked queue delivers again at the end was settled by its first delivery, and nobody
  // worked on it; and on the path that only offers, a call was done when the queue had it.
  queuemeter::sweep({.clock = parts_.clock,
                     .queue = parts_.queue,
                     .settlements = *parts_.settlements,
                     .pools = parts_.pools,
                     .counts_duplicates = forgets && parts_.scenario.path.kind != PathKind::offer,
                     .given_to_the_dead = forgets ? crew_->died_between_calls() : 0});
  for (std::uint64_t uncounted = inbox_->uncounted_duplicates(); uncounted > 0; --uncounted) {
    parts_.settlements->of(std::uint16_t{0}).duplicated(parts_.clock.now());
  }
}

void WorkerHalf::settle_last_replies() {
  settler_->connect();
  settler_->step(parts_.clock.now());
  const Instant limit = parts_.clock.now() + patience_for_replies;
  while (parts_.replies != nullptr && parts_.replies->depth().value_or(0) > 0 &&
         parts_.clock.now() < limit) {
    settler_->wait(limit);
    settler_->step(parts_.clock.now());
  }
  settler_->disconnect();
}

}  // namespace queuemeter
