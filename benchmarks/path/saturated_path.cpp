// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/path/saturated_path.hpp"

#include "benchmarks/path/parts.hpp"
#include "queue_impls/catalogue.hpp"

#include <chrono>
#include <utility>

namespace queuemeter {

SaturatedPath::SaturatedPath(const SaturatedRow& row)
    : clock_{best_clock()},
      window_{clock_->now(), clock_->now(), clock_->now() + std::chrono::hours{1}},
      records_{1},
      recorders_{8} {
  QueueContext context;
  context.intake = &records_;
  context.stamps_admission = row.four_stamps;
  queue_ = std::move(queues::open_queue(row.queue, context).value());
  records_.make_room(row.records);
  pool_ = std::make_unique<CallPool>(records_.records());
  offering_ = make_settlements(window_, ledger_, recorders_, "source",
                               Settlement::AnswerIs::acceptance, row.detail);
  draining_ = make_settlements(window_, ledger_, recorders_, "consumer",
                               Settlement::AnswerIs::acceptance, row.detail);
  source_ = std::make_unique<SaturatingSource>(
      SaturatingSource::Parts{.clock = *clock_,
                              .window = window_,
                              .maker = CallMaker{1, 7, 0, {ClassTemplate{}}},
                              .pool = *pool_,
                              .queue = *queue_,
                              .settlements = *offering_,
                              .ledger = ledger_.add_planner(),
                              .sequences = sequences_,
                              .wait = row.queue.wait,
                              .is_drained = true});
  consumer_ =
      std::make_unique<DrainingConsumer>(DrainingConsumer::Parts{.clock = *clock_,
                                                                 .queue = *queue_,
                                                                 .settlements = *draining_,
                                                                 .pools = {pool_.get()},
                                                                 .stamps = row.queue.stamps,
                                                                 .stamps_reply = row.four_stamps,
                                                                 .is_alone = true});
}

}  // namespace queuemeter
