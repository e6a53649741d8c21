// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_crew.hpp"

#include "harness/path/process_supervisor.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace queuemeter {

ProcessCrew::ProcessCrew(const Parts& parts, Settings settings)
    : parts_{parts}, settings_{std::move(settings)} {}

ProcessCrew::~ProcessCrew() { stop(); }

Result<void> ProcessCrew::start(RoleRegistry& roles) {
  Result<std::unique_ptr<Supervisor>> made = Supervisor::create(parts_, settings_);
  if (!made) {
    return made.error();
  }
  supervisor_ = std::move(*made);
  std::promise<Result<void>> opened;
  std::future<Result<void>> answer = opened.get_future();
  thread_ = std::jthread{[this, &roles, opened = std::move(opened)]() mutable {
    const auto enrolment = roles.enroll("supervisor");
    supervisor_->run(opened);
  }};
  Result<void> result = answer.get();
  if (!result) {
    stop();
  }
  return result;
}

void ProcessCrew::stop() {
  if (thread_.joinable()) {
    supervisor_->ask_to_stop();
    thread_.join();
  }
}

std::size_t ProcessCrew::settle_doubts() {
  return supervisor_ == nullptr ? 0 : supervisor_->settle_doubts();
}

Duration ProcessCrew::busy_time(Instant now) const {
  Duration sum{0};
  if (supervisor_ == nullptr) {
    return sum;
  }
  for (const ProcessPlace& place : supervisor_->board().places()) {
    const std::int64_t since = place.busy_since.load(std::memory_order_relaxed);
    sum += Duration{place.busy_nanoseconds.load(std::memory_order_relaxed)};
    if (since != 0) {
      sum += std::max(Duration{0}, now - instant_from_nanoseconds(since));
    }
  }
  return sum;
}

WorkerCounts ProcessCrew::counts() const {
  return supervisor_ == nullptr ? WorkerCounts{} : supervisor_->counts();
}

std::vector<std::uint64_t> ProcessCrew::taken_by_consumer() const {
  std::vector<std::uint64_t> taken(settings_.count, 0);
  if (supervisor_ != nullptr) {
    std::ranges::transform(
        supervisor_->board().places(), taken.begin(),
        [](const ProcessPlace& place) { return place.taken.load(std::memory_order_relaxed); });
  }
  return taken;
}

Duration ProcessCrew::cpu_time() const {
  return supervisor_ == nullptr ? Duration{0} : supervisor_->cpu_time();
}

std::vector<pid_t> ProcessCrew::process_ids() const {
  return supervisor_ == nullptr ? std::vector<pid_t>(settings_.count, 0)
                                : supervisor_->process_ids();
}

std::uint64_t ProcessCrew::died_between_calls() const noexcept {
  return supervisor_ == nullptr ? 0 : supervisor_->died_between_calls();
}

}  // namespace queuemeter
