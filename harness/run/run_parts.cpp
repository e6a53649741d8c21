// SPDX-License-Identifier: Apache-2.0
#include "harness/run/run_parts.hpp"

#include "harness/run/assembly.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {

RunParts::RunParts(const Scenario& scenario, const RunWindow& window, const Clock& clock,
                   ArrivalPlan arrivals, std::unique_ptr<RecordTable> records, Queues queues,
                   std::unique_ptr<Backend> backend, MakeProcessCrew make_process_crew)
    : scenario_{scenario},
      window_{window},
      clock_{clock},
      classes_{scenario.traffic.effective_classes().size()},
      records_{std::move(records)},
      queue_{std::move(queues.calls)},
      backend_{std::move(backend)},
      arrivals_{std::move(arrivals)},
      class_draw_{make_class_draw(scenario)},
      recorders_{(scenario.traffic.offerers + 1) * classes_} {
  make_offerers();
  if (queue_ != nullptr) {
    make_workers(std::move(queues.replies), std::move(make_process_crew));
  }
}

RunParts::~RunParts() = default;

std::unique_ptr<Settlements> RunParts::make_settlements(const std::string& name) {
  const Settlement::AnswerIs answer = answer_of(scenario_);
  std::vector<std::unique_ptr<Settlement>> by_class;
  for (std::size_t index = 0; index < classes_; ++index) {
    by_class.push_back(
        std::make_unique<Settlement>(window_, answer, ledger_.add_settler(), recorders_.add(name)));
  }
  return std::make_unique<Settlements>(std::move(by_class));
}

void RunParts::make_offerers() {
  const std::size_t offerers = scenario_.traffic.offerers;
  records_->make_room(offerers *
                      pool_capacity(scenario_, queue_ == nullptr ? std::nullopt : queue_->bound()));
  const OfferingParts parts{.scenario = scenario_,
                            .window = window_,
                            .clock = clock_,
                            .arrivals = arrivals_,
                            .classes = class_draw_,
                            .records = *records_,
                            .queue = queue_.get(),
                            .backend = backend_.get(),
                            .ledger = ledger_};
  for (std::uint32_t number = 0; number < offerers; ++number) {
    offerers_.push_back(
        make_offerer(parts, make_settlements("offerer " + std::to_string(number)), number));
  }
}

void RunParts::make_workers(std::unique_ptr<Queue> replies, MakeProcessCrew make_process_crew) {
  std::vector<CallPool*> pools;
  for (const OffererParts& parts : offerers_) {
    pools.push_back(parts.pool.get());
  }
  workers_ = std::make_unique<WorkerHalf>(
      WorkerHalf::Parts{.scenario = scenario_,
                        .clock = clock_,
                        .queue = *queue_,
                        .replies = std::move(replies),
                        .backend = backend_.get(),
                        .settlements = make_settlements("settler"),
                        .pools = std::move(pools),
                        .make_process_crew = std::move(make_process_crew)});
}

bool RunParts::traffic_is_over() const noexcept {
  return std::ranges::all_of(offerers_,
                             [](const OffererParts& parts) { return parts.source->finished(); });
}

std::optional<Duration> RunParts::oldest_age(Instant now) const {
  return workers_ == nullptr ? std::nullopt : workers_->oldest_age(now, window_.start);
}

std::optional<Duration> RunParts::worker_busy_time(Instant now) const {
  return workers_ == nullptr ? std::nullopt : std::optional{workers_->crew().busy_time(now)};
}

template <class Visit>
void RunParts::for_each_settlement(Visit&& visit) const {
  const auto visit_all = [this, &visit](Settlements& settlements) {
    for (std::uint16_t index = 0; index < classes_; ++index) {
      visit(settlements.of(index));
    }
  };
  if (workers_ != nullptr) {
    visit_all(workers_->settlements());
  }
  for (const OffererParts& parts : offerers_) {
    visit_all(*parts.settlements);
  }
}

std::vector<const Settlement*> RunParts::settlements_of(std::uint16_t class_index) const {
  std::vector<const Settlement*> found;
  if (workers_ != nullptr) {
    found.push_back(&workers_->settlements().of(class_index));
  }
  for (const OffererParts& parts : offerers_) {
    found.push_back(&parts.settlements->of(class_index));
  }
  return found;
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
    sum += parts.source->offered_in_window();
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
}

const GapEvidence* RunParts::gaps() const {
  return offerers_.size() == 1 ? offerers_.front().source->gaps() : nullptr;
}

}  // namespace queuemeter
