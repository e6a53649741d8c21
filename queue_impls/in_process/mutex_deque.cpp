// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/mutex_deque.hpp"

#include "harness/queue/in_process.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace queuemeter::queues {
namespace {

class MutexDeque {
 public:
  static constexpr const QueueTraits& traits = mutex_deque_traits;

  explicit MutexDeque(std::size_t bound) : bound_{bound} {}

  /// Both ends are the structure itself: its lock is all the state they share.
  struct End {
    QueueResult try_push(const CallHandle& call) noexcept { return queue.push(call); }
    QueueResult try_pop(CallHandle& call) noexcept { return queue.pop(call); }
    MutexDeque& queue;
  };
  End make_producer() { return End{*this}; }
  End make_consumer() { return End{*this}; }

  [[nodiscard]] std::size_t depth() const noexcept {
    const std::lock_guard lock{mutex_};
    return calls_.size();
  }
  [[nodiscard]] std::size_t bound() const noexcept { return bound_; }

 private:
  QueueResult push(const CallHandle& call) noexcept {
    const std::lock_guard lock{mutex_};
    if (calls_.size() >= bound_) {
      return QueueResult::full;
    }
    calls_.push_back(call);
    return QueueResult::ok;
  }
  QueueResult pop(CallHandle& call) noexcept {
    const std::lock_guard lock{mutex_};
    if (calls_.empty()) {
      return QueueResult::empty;
    }
    call = calls_.front();
    calls_.pop_front();
    return QueueResult::ok;
  }

  const std::size_t bound_;
  mutable std::mutex mutex_;  // guards calls_
  std::deque<CallHandle> calls_;
};

}  // namespace

Result<std::unique_ptr<Queue>> make_mutex_deque(const QueueSettings& settings,
                                                const QueueContext& /*context*/) {
  auto bare = std::make_unique<MutexDeque>(settings.bound.value_or(default_queue_bound));
  return std::unique_ptr<Queue>{
      std::make_unique<InProcessQueue<MutexDeque>>(std::move(bare), settings.wait)};
}

}  // namespace queuemeter::queues
