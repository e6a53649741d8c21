// SPDX-License-Identifier: Apache-2.0
#include "harness/run/run_parts.hpp"

#include "harness/path/queued_entry.hpp"
#include "harness/run/assembly.hpp"

#include <algorithm>
#include <array>

namespace queuemeter {
namespace {

/// Replies beyond one per record that the inbox holds before it only counts.
constexpr std::size_t room_for_duplicates = 4096;

}  // namespace

RunParts::RunParts(const Scenario& scenario, const RunWindow& window, std::uint64_t run_id,
                   const Clock& clock, std::unique_ptr<Queue> queue,
                   std::unique_ptr<Backend> backend)
    : scenario_{scenario},
      window_{window},
      clock_{clock},
      queue_{std::move(queue)},
      backend_{std::move(backend)},
      common_{make_call_template(scenario, run_id)},
      plan_{make_arrival_plan(scenario)},
      recorders_{scenario.traffic.offerers + 1} {
  for (std::uint32_t number = 0; number < scenario_.traffic.offerers; ++number) {
    offerers_.push_back(make_offerer(number));
  }
  if (queue_ != nullptr) {
    make_workers();
  }
}

RunParts::~RunParts() = default;

std::unique_ptr<Settlement> RunParts::make_settlement(const std::string& name) {
  const auto answer =
      queue_ == nullptr ? Settlement::AnswerIs::result : Settlement::AnswerIs::acceptance;
  return std::make_unique<Settlement>(window_, answer, ledger_.add_settler(), recorders_.add(name));
}

OffererParts RunParts::make_offerer(std::uint32_t number) {
  OffererParts parts;
  const std::optional<std::size_t> bound = queue_ == nullptr ? std::nullopt : queue_->bound();
  parts.pool = std::make_unique<CallPool>(pool_capacity(scenario_, bound));
  parts.settlement = make_settlement("offerer " + std::to_string(number));
  if (queue_ == nullptr) {
    auto direct = std::make_unique<DirectEntry>(clock_, common_, number, *parts.pool,
                                                scenario_.traffic.reply_timeout, *parts.settlement);
    parts.direct = direct.get();
    parts.entry = std::move(direct);
  } else {
    parts.entry = std::make_unique<QueuedEntry>(common_, number, *parts.pool,
                                                queue_->make_producer(clock_), *parts.settlement);
  }
  parts.offerer = std::make_unique<Offerer>(plan_, number, scenario_.traffic.offerers, window_,
                                            *parts.entry, ledger_.add_planner());
  return parts;
}

void RunParts::make_workers() {
  std::vector<CallPool*> pools;
  std::size_t records = 0;
  for (const OffererParts& parts : offerers_) {
    pools.push_back(parts.pool.get());
    records += parts.pool->capacity();
  }
  settlement_ = make_settlement("settler");
  inbox_ = std::make_unique<ReplyInbox>(records + room_for_duplicates);
  settler_ = std::make_unique<Settler>(clock_, *inbox_, *settlement_, std::move(pools),
                                       scenario_.path.reply == ReplyKind::memory);
  for (std::size_t number = 0; number < scenario_.workers.count; ++number) {
    workers_.push_back(std::make_unique<Worker>(clock_, queue_->make_consumer(clock_), *inbox_,
                                                front_, offerers_.size()));
  }
}

bool RunParts::traffic_is_over() const noexcept {
  return std::ranges::all_of(offerers_,
                             [](const OffererParts& parts) { return parts.offerer->finished(); });
}

std::optional<Duration> RunParts::oldest_age(Instant now) const {
  if (queue_ == nullptr) {
    return std::nullopt;
  }
  const std::optional<std::size_t> depth = queue_->depth();
  if (!depth.has_value()) {
    return std::nullopt;
  }
  const Instant front = front_.offered_at();
  return *depth == 0 ? Duration{0} : now - (is_observed(front) ? front : window_.start);
}

std::optional<Duration> RunParts::worker_busy_time(Instant now) const {
  if (queue_ == nullptr) {
    return std::nullopt;
  }
  Duration total{0};
  for (const auto& worker : workers_) {
    total += worker->busy_time(now);
  }
  return total;
}

template <class Visit>
void RunParts::for_each_settlement(Visit&& visit) const {
  if (settlement_ != nullptr) {
    visit(*settlement_);
  }
  for (const OffererParts& parts : offerers_) {
    visit(*parts.settlement);
  }
}

std::uint64_t RunParts::completed_in_window() const noexcept {
  std::uint64_t sum = 0;
  for_each_settlement([&sum](const Settlement& part) { sum += part.completed_in_window(); });
  return sum;
}

std::uint64_t RunParts::goodput_in_window() const noexcept {
  std::uint64_t sum = 0;
  for_each_settlement([&sum](const Settlement& part) { sum += part.goodput_in_window(); });
  return sum;
}

FlowIntegral RunParts::flow() const {
  FlowIntegral sum{window_.measure_from, window_.measure_to};
  for_each_settlement([&sum](const Settlement& part) { sum += part.flow(); });
  return sum;
}

std::uint64_t RunParts::offered_in_window() const noexcept {
  std::uint64_t sum = 0;
  for (const OffererParts& parts : offerers_) {
    sum += parts.offerer->offered_in_window();
  }
  return sum;
}

Duration RunParts::take_worst_lateness() noexcept {
  Duration worst{0};
  for (const OffererParts& parts : offerers_) {
    worst = std::max(worst, parts.settlement->take_worst_lateness());
  }
  return worst;
}

void RunParts::sweep() {
  if (queue_ == nullptr) {
    return;
  }
  settler_->step(clock_.now());  // what workers handed back last
  queue_->close();
  mark_found_calls();
  settle_leftovers(Outcome::unfinished, Reason::drain_ended, CallRecord::Stage::found);
  settle_leftovers(Outcome::lost, Reason::none, CallRecord::Stage::offered);
  for (std::uint64_t uncounted = inbox_->uncounted_duplicates(); uncounted > 0; --uncounted) {
    settlement_->duplicated(clock_.now());
  }
}

void RunParts::mark_found_calls() {
  const std::unique_ptr<QueueConsumer> consumer = queue_->make_consumer(clock_);
  std::array<CallHandle, 64> calls;
  std::array<Instant, 64> taken_at;
  for (;;) {
    const ChunkResult chunk = consumer->take(calls, taken_at);
    for (std::size_t index = 0; index < chunk.done; ++index) {
      // A handle whose call was taken before is a duplicate that nobody worked on.
      const CallHandle call = calls[index];
      if (call.record->claim(call.sequence)) {
        call.record->mark(call.sequence, CallRecord::Stage::found);
      } else {
        settlement_->duplicated(taken_at[index]);
      }
    }
    if (chunk.done == 0) {
      return;
    }
  }
}

void RunParts::settle_leftovers(Outcome outcome, Reason reason, CallRecord::Stage stage) {
  for (const OffererParts& parts : offerers_) {
    for (CallRecord& record : parts.pool->records()) {
      if (record.stage() == stage) {
        record.outcome = outcome;
        record.reason = reason;
        settlement_->settle(record, clock_.now());
        record.mark(record.sequence(), CallRecord::Stage::free);
      }
    }
  }
}

const GapEvidence* RunParts::gaps() const {
  return offerers_.size() == 1 ? &offerers_.front().offerer->gaps() : nullptr;
}

}  // namespace queuemeter
