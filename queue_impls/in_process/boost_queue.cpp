// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/boost_queue.hpp"

#include "harness/queue/in_process.hpp"
#include "queue_impls/in_process/ring_settings.hpp"

#include <boost/lockfree/queue.hpp>

#include <cstddef>
#include <memory>

namespace queuemeter::queues {
namespace {

class BoostQueue {
 public:
  static constexpr const QueueTraits& traits = boost_queue_traits;

  explicit BoostQueue(std::size_t bound) : bound_{bound}, calls_{bound} {}

  /// Both ends are the structure itself: all threads share one head, one tail, one free list.
  struct End {
    QueueResult try_push(const CallHandle& call) noexcept {
      return queue.calls_.bounded_push(call) ? QueueResult::ok : QueueResult::full;
    }
    QueueResult try_pop(CallHandle& call) noexcept {
      return queue.calls_.pop(call) ? QueueResult::ok : QueueResult::empty;
    }
    BoostQueue& queue;
  };
  End make_producer() { return End{*this}; }
  End make_consumer() { return End{*this}; }

  [[nodiscard]] bool empty() const noexcept { return calls_.empty(); }
  [[nodiscard]] std::size_t bound() const noexcept { return bound_; }

 private:
  const std::size_t bound_;
  boost::lockfree::queue<CallHandle> calls_;
};

}  // namespace

Result<std::unique_ptr<Queue>> make_boost_queue(const QueueSettings& settings,
                                                const QueueContext& context) {
  const Result<RingSettings> checked = read_ring_settings(settings);
  if (!checked) {
    return checked.error();
  }
  return std::unique_ptr<Queue>{std::make_unique<InProcessQueue<BoostQueue>>(
      std::make_unique<BoostQueue>(checked->bound), settings, context)};
}

}  // namespace queuemeter::queues
