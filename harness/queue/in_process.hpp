// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/queue/queue.hpp"
#include "harness/queue/wait_point.hpp"

#include <atomic>
#include <concepts>
#include <memory>
#include <string>
#include <utility>

namespace queuemeter {

/// A producer's end of a bare in-process structure: the handle is untouched unless `ok`.
template <class P>
concept BareProducer = requires(P producer, const CallHandle& call) {
  { producer.try_push(call) }
  noexcept->std::same_as<QueueResult>;
};

/// A consumer's end: `empty` is not `closed`, the structure knows nothing of closing.
template <class C>
concept BareConsumer = requires(C consumer, CallHandle& call) {
  { consumer.try_pop(call) }
  noexcept->std::same_as<QueueResult>;
};

/// What an adapter for an in-process structure must offer; everything else (close, waiting,
/// chunks, stamps) comes from `InProcessQueue` and is labelled emulated where it is.
template <class Q>
concept BareQueue = requires(Q queue, const Q& constant) {
  { queue.make_producer() } -> BareProducer;
  { queue.make_consumer() } -> BareConsumer;
  { Q::traits } -> std::convertible_to<const QueueTraits&>;
  { constant.depth() }
  noexcept->std::convertible_to<std::size_t>;
  { constant.bound() }
  noexcept->std::convertible_to<std::size_t>;
};

/// A bare structure behind the queue port.
///
/// The loop over a chunk is what is type-erased, not the operation: inside `offer` and `take` every
/// push and pop is inlined, so one indirect call is paid per chunk.
template <BareQueue Q>
class InProcessQueue final : public Queue {
 public:
  InProcessQueue(std::unique_ptr<Q> bare, WaitPolicyKind wait)
      : bare_{std::move(bare)}, not_empty_{wait} {}

  [[nodiscard]] const QueueTraits& traits() const noexcept override { return Q::traits; }
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* /*sink*/, boost::asio::io_context* /*loop*/) override {
    return std::make_unique<Producer>(*this, clock);
  }
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) override {
    return std::make_unique<Consumer>(*this, clock);
  }
  void close() noexcept override {
    closed_.store(true, std::memory_order_release);
    not_empty_.interrupt();
  }
  void interrupt() noexcept override { not_empty_.interrupt(); }
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override {
    return bare_->depth();
  }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override {
    return bare_->bound();
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> effective_settings()
      const override {
    return {{"bound", std::to_string(bare_->bound())}};
  }

 private:
  class Producer final : public QueueProducer {
   public:
    Producer(InProcessQueue& queue, const Clock& clock)
        : queue_{queue}, clock_{clock}, end_{queue.bare_->make_producer()} {}

    ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override {
      ChunkResult chunk;
      if (queue_.closed_.load(std::memory_order_acquire)) {
        chunk.result = QueueResult::closed;
        return chunk;
      }
      for (const CallHandle& call : calls) {
        call.record->at.offered_at = clock_.now();
        chunk.result = end_.try_push(call);
        if (chunk.result != QueueResult::ok) {
          break;
        }
        accepted_at[chunk.done++] = clock_.now();
        queue_.not_empty_.notify(1);
      }
      return chunk;
    }

   private:
    InProcessQueue& queue_;
    const Clock& clock_;
    decltype(std::declval<Q&>().make_producer()) end_;
  };

  class Consumer final : public QueueConsumer {
   public:
    Consumer(InProcessQueue& queue, const Clock& clock)
        : queue_{queue}, clock_{clock}, end_{queue.bare_->make_consumer()} {}

    ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) override {
      // Read before the takes: what was pushed before the close is still found by them.
      const bool closed = queue_.closed_.load(std::memory_order_acquire);
      ChunkResult chunk;
      while (chunk.done < calls.size()) {
        chunk.result = end_.try_pop(calls[chunk.done]);
        if (chunk.result != QueueResult::ok) {
          break;
        }
        taken_at[chunk.done++] = clock_.now();
      }
      if (chunk.result == QueueResult::empty && closed && chunk.done == 0) {
        chunk.result = QueueResult::closed;
      }
      return chunk;
    }

    QueueResult wait(Instant until) override {
      const bool ready = queue_.not_empty_.wait(until, [this] {
        return queue_.bare_->depth() > 0 || queue_.closed_.load(std::memory_order_acquire);
      });
      if (!ready) {
        return QueueResult::timed_out;
      }
      // Another consumer may have been faster: empty again, but not closed.
      return queue_.closed_.load(std::memory_order_acquire) && queue_.bare_->depth() == 0
                 ? QueueResult::closed
                 : QueueResult::empty;
    }

   private:
    InProcessQueue& queue_;
    const Clock& clock_;
    decltype(std::declval<Q&>().make_consumer()) end_;
  };

  std::unique_ptr<Q> bare_;
  WaitPoint not_empty_;
  std::atomic<bool> closed_{false};
};

}  // namespace queuemeter
