// SPDX-License-Identifier: Apache-2.0
#include "harness/run/run_parts.hpp"

#include "harness/run/assembly.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace queuemeter {

RunParts::RunParts(const Scenario& scenario, const RunWindow& window, const Clock& clock,
                   ArrivalPlan arrivals, std::unique_ptr<RecordTable> records, Queues queues,
                   std::unique_ptr<Backend> backend, MakeProcessCrew make_process_crew,
                   std::unique_ptr<Site> site)
    : scenario_{scenario},
      window_{window},
      clock_{clock},
      classes_{scenario.traffic.effective_classes().size()},
      records_{std::move(records)},
      queue_{std::move(queues.calls)},
      site_{std::move(site)},
      backend_{std::move(backend)},
      arrivals_{std::move(arrivals)},
      class_draw_{make_class_draw(scenario)},
      recorders_{(scenario.traffic.offerers + settling_threads()) * classes_} {
  make_offerers();
  if (has_drain()) {
    make_drain();
  } else if (queue_ != nullptr) {
    make_workers(std::move(queues.replies), std::move(make_process_crew));
  }
}

RunParts::~RunParts() = default;

bool RunParts::has_drain() const {
  return queue_ != nullptr && consumers_settle(scenario_, queue_->traits());
}

std::size_t RunParts::settling_threads() const { return has_drain() ? scenario_.workers.count : 1; }

std::unique_ptr<Settlements> RunParts::make_settlements(const std::string& name) {
  const Settlement::AnswerIs answer = answer_of(scenario_);
  std::vector<std::unique_ptr<Settlement>> by_class;
  for (std::size_t index = 0; index < classes_; ++index) {
    by_class.push_back(std::make_unique<Settlement>(window_, answer, ledger_.add_settler(),
                                                    recorders_.add(name), detail_of(scenario_)));
  }
  return std::make_unique<Settlements>(std::move(by_class));
}

void RunParts::make_offerers() {
  const std::size_t offerers = scenario_.traffic.offerers;
  if (scenario_.path.kind != PathKind::take) {  // its calls are in the queue already
    records_->make_room(
        offerers * pool_capacity(scenario_, queue_ == nullptr ? std::nullopt : queue_->bound()));
  }
  if (site_ != nullptr) {
    site_->make_room(records_->records().size());
  }
  const OfferingParts parts{.scenario = scenario_,
                            .window = window_,
                            .clock = clock_,
                            .arrivals = arrivals_,
                            .classes = class_draw_,
                            .records = *records_,
                            .queue = queue_.get(),
                            .backend = backend_.get(),
                            .site = site_.get(),
                            .ledger = ledger_,
                            .sequences = sequences_,
                            .return_lanes = queue_ == nullptr ? 0 : settling_threads()};
  for (std::uint32_t number = 0; number < offerers; ++number) {
    offerers_.push_back(
        make_offerer(parts, make_settlements("offerer " + std::to_string(number)), number));
  }
}

std::vector<CallPool*> RunParts::pools() const {
  std::vector<CallPool*> pools;
  for (const OffererParts& parts : offerers_) {
    pools.push_back(parts.pool.get());
  }
  return pools;
}

void RunParts::make_drain() {
  std::vector<std::unique_ptr<Settlements>> settlements;
  for (std::size_t number = 0; number < settling_threads(); ++number) {
    settlements.push_back(make_settlements("consumer " + std::to_string(number)));
  }
  drain_ =
      std::make_unique<DrainingHalf>(DrainingHalf::Parts{.scenario = scenario_,
                                                         .clock = clock_,
                                                         .queue = *queue_,
                                                         .pools = pools(),
                                                         .settlements = std::move(settlements)});
}

void RunParts::make_workers(std::unique_ptr<Queue> replies, MakeProcessCrew make_process_crew) {
  std::unique_ptr<Settlements> settlements = make_settlements("settler");
  workers_ = std::make_unique<WorkerHalf>(
      WorkerHalf::Parts{.scenario = scenario_,
                        .clock = clock_,
                        .queue = *queue_,
                        .replies = std::move(replies),
                        .backend = backend_.get(),
                        .settlements = std::move(settlements),
                        .pools = pools(),
                        .make_process_crew = std::move(make_process_crew)});
}

bool RunParts::traffic_is_over() const noexcept {
  return std::ranges::all_of(offerers_, [](const OffererParts& parts) { return parts.finished(); });
}

std::optional<Duration> RunParts::oldest_age(Instant now) const {
  if (drain_ != nullptr) {
    return drain_->oldest_age(now, window_.start);
  }
  return workers_ == nullptr ? std::nullopt : workers_->oldest_age(now, window_.start);
}

std::optional<Duration> RunParts::worker_busy_time(Instant now) const {
  return workers_ == nullptr ? std::nullopt : std::optional{workers_->crew().busy_time(now)};
}

std::vector<std::uint64_t> RunParts::taken_by_consumer() const {
  if (drain_ != nullptr) {
    return drain_->taken_by_consumer();
  }
  return workers_ == nullptr ? std::vector<std::uint64_t>{} : workers_->crew().taken_by_consumer();
}

std::vector<Settlements*> RunParts::all_settlements() const {
  std::vector<Settlements*> all;
  if (workers_ != nullptr) {
    all.push_back(&workers_->settlements());
  }
  if (drain_ != nullptr) {
    std::ranges::transform(drain_->settlements(), std::back_inserter(all),
                           [](const auto& one) { return one.get(); });
  }
  std::ranges::transform(offerers_, std::back_inserter(all),
                         [](const OffererParts& parts) { return parts.settlements.get(); });
  return all;
}

std::vector<const Settlement*> RunParts::settlements_of(std::uint16_t class_index) const {
  std::vector<const Settlement*> found;
  for (Settlements* const one : all_settlements()) {
    found.push_back(&one->of(class_index));
  }
  return found;
}

template <class Visit>
void RunParts::for_each_settlement(Visit&& visit) const {
  for (Settlements* const one : all_settlements()) {
    for (std::size_t index = 0; index < classes_; ++index) {
      visit(one->of(static_cast<std::uint16_t>(index)));
    }
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
    sum += parts.offered_in_window();
  }
  return sum;
}

Duration RunParts::take_worst_lateness() noexcept {
  Duration worst{0};
  for_each_settlement(
      [&worst](Settlement& part) { worst = std::max(worst, part.take_worst_lateness()); });
  return worst;
}

void RunParts::sweep() {
  if (workers_ != nullptr) {
    workers_->sweep();
  }
  if (drain_ != nullptr) {
    drain_->sweep();
  }
}

const GapEvidence* RunParts::gaps() const {
  return offerers_.size() == 1 ? offerers_.front().gaps() : nullptr;
}

}  // namespace queuemeter
