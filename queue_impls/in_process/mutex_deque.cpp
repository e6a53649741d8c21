// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/mutex_deque.hpp"

#include "harness/queue/in_process.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>

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
    std::size_t try_push_bulk(std::span<const CallHandle> calls) noexcept {
      return queue.push(calls);
    }
    std::size_t try_pop_bulk(std::span<CallHandle> calls) noexcept { return queue.pop(calls); }
    MutexDeque& queue;
  };
  End make_producer() { return End{*this}; }
  End make_consumer() { return End{*this}; }

  [[nodiscard]] std::size_t depth() const noexcept {
    const std::lock_guard lock{mutex_};
    return calls_.size();
  }
  [[nodiscard]] bool empty() const noexcept { return depth() == 0; }
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

  std::size_t push(std::span<const CallHandle> calls) noexcept {
    const std::lock_guard lock{mutex_};
    const std::size_t count = std::min(calls.size(), bound_ - calls_.size());
    calls_.insert(calls_.end(), calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  std::size_t pop(std::span<CallHandle> calls) noexcept {
    const std::lock_guard lock{mutex_};
    const std::size_t count = std::min(calls.size(), calls_.size());
    const auto end = calls_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(calls_.begin(), end, calls.begin());
    calls_.erase(calls_.begin(), end);
    return count;
  }

  const std::size_t bound_;
  mutable std::mutex mutex_;  // guards calls_
  std::deque<CallHandle> calls_;
};

}  // namespace

Result<std::unique_ptr<Queue>> make_mutex_deque(const QueueSettings& settings,
                                                const QueueContext& context) {
  auto bare = std::make_unique<MutexDeque>(settings.bound.value_or(default_queue_bound));
  return std::unique_ptr<Queue>{
      std::make_unique<InProcessQueue<MutexDeque>>(std::move(bare), settings, context)};
}

}  // namespace queuemeter::queues
