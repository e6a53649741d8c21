// SPDX-License-Identifier: Apache-2.0
#include "harness/run/draining_half.hpp"

#include "harness/run/queue_sweep.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {

bool consumers_settle(const Scenario& scenario, const QueueTraits& traits) noexcept {
  return scenario.backend.kind == BackendSettings::Kind::none &&
         scenario.path.kind == PathKind::queued &&
         scenario.workers.kind == WorkerSettings::Kind::thread &&
         traits.delivery == QueueDelivery::destructive;
}

DrainingHalf::DrainingHalf(Parts parts) : parts_{std::move(parts)} {
  for (std::size_t number = 0; number < parts_.settlements.size(); ++number) {
    consumers_.push_back(std::make_unique<DrainingConsumer>(
        DrainingConsumer::Parts{.clock = parts_.clock,
                                .queue = parts_.queue,
                                .settlements = *parts_.settlements[number],
                                .pools = parts_.pools,
                                .lane = number,
                                .stamps = parts_.scenario.queue.stamps,
                                .is_alone = parts_.settlements.size() == 1,
                                .wait = parts_.scenario.queue.wait}));
  }
}

void DrainingHalf::start(RoleRegistry& roles) {
  for (const auto& consumer : consumers_) {
    threads_.emplace_back([this, &roles, &one = *consumer] {
      const auto enrolment = roles.enroll("consumer");
      one.connect();
      one.run(running_);
      one.disconnect();
    });
  }
}

void DrainingHalf::stop() {
  running_.store(false, std::memory_order_release);
  parts_.queue.interrupt();
  threads_.clear();  // joins
}

void DrainingHalf::sweep() {
  queuemeter::sweep({.clock = parts_.clock,
                     .queue = parts_.queue,
                     .settlements = *parts_.settlements.front(),
                     .pools = parts_.pools});
}

std::optional<Duration> DrainingHalf::oldest_age(Instant now, Instant run_start) const {
  const std::optional<std::size_t> depth = parts_.queue.depth();
  if (!depth.has_value()) {
    return std::nullopt;
  }
  Instant front = unobserved;
  for (const auto& consumer : consumers_) {
    front = std::max(front, consumer->front());
  }
  return *depth == 0 ? Duration{0} : now - (is_observed(front) ? front : run_start);
}

std::vector<std::uint64_t> DrainingHalf::taken_by_consumer() const {
  std::vector<std::uint64_t> taken;
  std::ranges::transform(consumers_, std::back_inserter(taken),
                         [](const auto& consumer) { return consumer->taken(); });
  return taken;
}

}  // namespace queuemeter
