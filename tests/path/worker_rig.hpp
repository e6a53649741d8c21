// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/settler.hpp"
#include "harness/path/worker.hpp"
#include "harness/path/worker_crew.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <ratio>
#include <utility>
#include <vector>

namespace queuemeter {

/// Everything around the workers: records, replies, settler and account, and an offerer that puts
/// calls into the queue when a test says so.
class WorkerRig {
 public:
  WorkerRig(const Clock& clock, Queue& queue, Backend* backend, Queue* replies = nullptr,
            std::size_t records = 1000)
      : clock_{clock}, queue_{queue}, backend_{backend}, replies_{replies} {
    table_.make_room(records);
    pool_ = std::make_unique<CallPool>(table_.records());
    inbox_ = std::make_unique<ReplyInbox>(records + 1000);
    std::vector<std::unique_ptr<Settlement>> by_class;
    by_class.push_back(std::make_unique<Settlement>(window_, Settlement::AnswerIs::result,
                                                    ledger_.add_settler(), recorder_));
    settlements_ = std::make_unique<Settlements>(std::move(by_class));
    settler_ = std::make_unique<Settler>(Settler::Parts{.clock = clock,
                                                        .inbox = *inbox_,
                                                        .settlements = *settlements_,
                                                        .pools = {pool_.get()},
                                                        .calls = &queue,
                                                        .replies = replies});
    producer_ = queue.make_producer(clock);
  }

  [[nodiscard]] WorkerContext context(TakingRules taking = {}) {
    return {.clock = clock_,
            .queue = queue_,
            .backend = backend_,
            .returns = *inbox_,
            .replies = replies_,
            .front = front_,
            .retry = retry,
            .budget = *budget,
            .taking = taking,
            .priorities = {0, 9}};
  }

  /// Offers a call now; false when the queue or the pool has no room.
  bool offer(Instant deadline = never, std::uint8_t priority = 0) {
    pool_->collect([](const CallRecord&) { return true; });
    CallRecord* const record = pool_->acquire();
    if (record == nullptr) {
      return false;
    }
    Call& call = record->call;  // the slot is the record's
    call.run_id = table_.run_id();
    call.sequence = sequence_;
    call.draw_key = sequence_;
    call.priority = priority;
    call.planned_at = clock_.now();
    call.deadline = deadline;
    record->at = Instants{.offered_at = clock_.now()};
    record->outcome = Outcome::completed;
    record->reason = Reason::none;
    record->publish(sequence_);
    last_ = {record, sequence_};
    std::array<Instant, 1> accepted_at;
    if (producer_->offer({&last_, 1}, accepted_at).done == 0) {
      pool_->give_back(*record);
      return false;
    }
    planner_.planned(Phase::measure);
    ++sequence_;
    return true;
  }
  void offer_many(std::size_t calls) {
    for (std::size_t call = 0; call < calls; ++call) {
      offer();
    }
  }
  /// The call offered last.
  [[nodiscard]] CallHandle last() const noexcept { return last_; }

  /// Steps the workers, then the settler, until nothing is left to happen or `until`.
  void run(SteppedWorkers& workers, VirtualClock& clock, Instant until = never) {
    for (;;) {
      const Instant wake_at = workers.step(clock.now());
      settler_->step(clock.now());
      if (wake_at == never || wake_at > until) {
        if (until != never) {
          clock.advance_to(until);
        }
        return;
      }
      clock.advance_to(wake_at);
    }
  }

  [[nodiscard]] LedgerCounts counts() { return ledger_.merge()[1]; }
  /// Completed calls' mean of a span, to the tenth of a millisecond: histograms have three digits.
  [[nodiscard]] Duration mean(Span span) const {
    using Tenths = std::chrono::duration<std::int64_t, std::ratio<1, 10'000>>;
    return std::chrono::round<Tenths>(recorder_.histogram(Phase::measure, span).mean());
  }
  [[nodiscard]] std::uint64_t samples(Span span) const {
    return recorder_.histogram(Phase::measure, span).count();
  }
  /// Records that a call could be put into.
  [[nodiscard]] std::size_t free_records() {
    pool_->collect([](const CallRecord&) { return true; });
    std::vector<CallRecord*> taken;
    while (CallRecord* const record = pool_->acquire()) {
      taken.push_back(record);
    }
    for (CallRecord* const record : taken) {
      pool_->give_back(*record);
    }
    return taken.size();
  }

  [[nodiscard]] Settler& settler() noexcept { return *settler_; }
  [[nodiscard]] CallPool& pool() noexcept { return *pool_; }
  [[nodiscard]] ReplyInbox& inbox() noexcept { return *inbox_; }
  [[nodiscard]] TakenFront& front() noexcept { return front_; }

  RetryPolicy retry;
  std::unique_ptr<RetryBudget> budget = std::make_unique<RetryBudget>();

 private:
  const Clock& clock_;
  Queue& queue_;
  Backend* backend_;
  Queue* replies_;
  RunWindow window_{Instant{}, Instant{}, Instant{std::chrono::hours{1000}}};
  RecordTable table_{1};
  Ledger ledger_;
  Ledger::Planner& planner_ = ledger_.add_planner();
  Recorder recorder_{"settler"};
  TakenFront front_;
  std::unique_ptr<CallPool> pool_;
  std::unique_ptr<ReplyInbox> inbox_;
  std::unique_ptr<Settlements> settlements_;
  std::unique_ptr<Settler> settler_;
  std::unique_ptr<QueueProducer> producer_;
  std::uint64_t sequence_ = 0;
  CallHandle last_;
};

}  // namespace queuemeter
