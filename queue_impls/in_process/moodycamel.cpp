// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/moodycamel.hpp"

#include "harness/queue/in_process.hpp"

#include <concurrentqueue.h>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace queuemeter::queues {
namespace {

class Moodycamel {
 public:
  static constexpr const QueueTraits& traits = moodycamel_traits;

  Moodycamel() : calls_{default_queue_bound} {}

  /// It allocates blocks as it grows; that there is no memory for one is the only refusal.
  class Producer {
   public:
    explicit Producer(Moodycamel& queue) : queue_{queue}, token_{queue.calls_} {}
    QueueResult try_push(const CallHandle& call) noexcept {
      return queue_.calls_.enqueue(token_, call) ? QueueResult::ok : QueueResult::full;
    }
    std::size_t try_push_bulk(std::span<const CallHandle> calls) noexcept {
      return queue_.calls_.enqueue_bulk(token_, calls.data(), calls.size()) ? calls.size() : 0;
    }

   private:
    Moodycamel& queue_;
    moodycamel::ProducerToken token_;
  };

  class Consumer {
   public:
    explicit Consumer(Moodycamel& queue) : queue_{queue}, token_{queue.calls_} {}
    QueueResult try_pop(CallHandle& call) noexcept {
      return queue_.calls_.try_dequeue(token_, call) ? QueueResult::ok : QueueResult::empty;
    }
    std::size_t try_pop_bulk(std::span<CallHandle> calls) noexcept {
      return queue_.calls_.try_dequeue_bulk(token_, calls.data(), calls.size());
    }

   private:
    Moodycamel& queue_;
    moodycamel::ConsumerToken token_;
  };

  Producer make_producer() { return Producer{*this}; }
  Consumer make_consumer() { return Consumer{*this}; }

  [[nodiscard]] std::size_t depth() const noexcept { return calls_.size_approx(); }
  [[nodiscard]] bool empty() const noexcept { return depth() == 0; }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept { return std::nullopt; }

 private:
  moodycamel::ConcurrentQueue<CallHandle> calls_;
};

}  // namespace

Result<std::unique_ptr<Queue>> make_moodycamel(const QueueSettings& settings,
                                               const QueueContext& context) {
  if (settings.bound.has_value()) {
    return Error::usage(
        "queue.bound: moodycamel has no bound; leave it out (traffic.caller_limit limits the calls "
        "in flight)");
  }
  return std::unique_ptr<Queue>{std::make_unique<InProcessQueue<Moodycamel>>(
      std::make_unique<Moodycamel>(), settings, context)};
}

}  // namespace queuemeter::queues
