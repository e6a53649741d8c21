// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/roles.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/saturation.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace queuemeter {

/// Whether consumers are done with a call when they have taken it, and settle it themselves:
/// nothing is called, and the queue forgets what is taken.
[[nodiscard]] bool consumers_settle(const Scenario& scenario, const QueueTraits& traits) noexcept;

/// The half of a run behind the queue where nothing is called: consumers that take and settle, each
/// on a thread of its own.
///
/// Built, started, stopped and swept by one thread; what may be read meanwhile says so.
class DrainingHalf {
 public:
  struct Parts {
    const Scenario& scenario;
    const Clock& clock;
    Queue& queue;
    std::vector<CallPool*> pools;  ///< by offerer; consumer n returns by lane n of each
    std::vector<std::unique_ptr<Settlements>> settlements;  ///< by consumer, at least one
  };
  explicit DrainingHalf(Parts parts);
  DrainingHalf(const DrainingHalf&) = delete;
  DrainingHalf& operator=(const DrainingHalf&) = delete;
  /// Stops.
  ~DrainingHalf() { stop(); }

  void start(RoleRegistry& roles);
  /// Ends all threads; idempotent.
  void stop();
  /// When nobody drives any more: see `queuemeter::sweep`.
  void sweep();

  [[nodiscard]] std::vector<std::unique_ptr<Settlements>>& settlements() noexcept {
    return parts_.settlements;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Settlements>>& settlements() const noexcept {
    return parts_.settlements;
  }
  /// How long the oldest waiting call has waited. Any thread.
  [[nodiscard]] std::optional<Duration> oldest_age(Instant now, Instant run_start) const;
  /// Deliveries taken by each consumer. Any thread.
  [[nodiscard]] std::vector<std::uint64_t> taken_by_consumer() const;

 private:
  Parts parts_;
  std::vector<std::unique_ptr<DrainingConsumer>> consumers_;
  std::atomic<bool> running_{true};
  std::vector<std::jthread> threads_;
};

}  // namespace queuemeter
