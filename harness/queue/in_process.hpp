// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/tsc_clock.hpp"
#include "harness/queue/queue.hpp"
#include "harness/queue/wait_point.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
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

/// An end that moves several calls in one operation of its own: the first so many of the span, as
/// many as there is room for; how many that were.
template <class P>
concept BulkBareProducer = requires(P producer, std::span<const CallHandle> calls) {
  { producer.try_push_bulk(calls) }
  noexcept->std::same_as<std::size_t>;
};
template <class C>
concept BulkBareConsumer = requires(C consumer, std::span<CallHandle> calls) {
  { consumer.try_pop_bulk(calls) }
  noexcept->std::same_as<std::size_t>;
};

/// A consumer's end that calls `order_clock_readings()` by itself, whenever it has looked at memory
/// that producers write: fewer times than once for each call.
template <class C>
concept OrdersClockReadings = C::orders_clock_readings;

/// A structure that can count what is in it.
template <class Q>
concept CountsDepth = requires(const Q& queue) {
  { queue.depth() }
  noexcept->std::convertible_to<std::size_t>;
};

/// What an adapter for an in-process structure must offer; everything else (close, waiting,
/// chunks, stamps) comes from `InProcessQueue` and is labelled emulated where it is. `bound()`
/// is nothing where there is none; `empty()` may be called by any thread, as may `depth()`.
template <class Q>
concept BareQueue = requires(Q queue, const Q& constant) {
  { queue.make_producer() } -> BareProducer;
  { queue.make_consumer() } -> BareConsumer;
  { Q::traits } -> std::convertible_to<const QueueTraits&>;
  { constant.empty() }
  noexcept->std::same_as<bool>;
  { constant.bound() }
  noexcept->std::convertible_to<std::optional<std::size_t>>;
};

/// A bare structure behind the queue port.
///
/// The loop over a chunk is what is type-erased, not the operation: inside `offer` and `take` every
/// push, pop and reading of the clock is inlined, so one indirect call is paid per chunk.
///
/// One operation of the queue moves `batch` calls where the structure has such an operation
/// (`traits().bulk`), and one call otherwise. With stamps of their own each call has one reading of
/// the clock for each instant; with shared ones a chunk has one.
template <BareQueue Q>
class InProcessQueue final : public Queue {
 public:
  InProcessQueue(std::unique_ptr<Q> bare, const QueueSettings& settings,
                 const QueueContext& context)
      : bare_{std::move(bare)},
        batch_{std::max<std::size_t>(1, settings.batch)},
        stamps_{settings.stamps},
        stamps_admission_{context.stamps_admission},
        not_empty_{settings.wait} {}

  [[nodiscard]] const QueueTraits& traits() const noexcept override { return Q::traits; }
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* /*sink*/, boost::asio::io_context* /*loop*/) override {
    if (const auto* const tsc = dynamic_cast<const TscClock*>(&clock)) {
      return std::make_unique<Producer<TscClock>>(*this, *tsc);
    }
    return std::make_unique<Producer<Clock>>(*this, clock);
  }
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) override {
    if (const auto* const tsc = dynamic_cast<const TscClock*>(&clock)) {
      return std::make_unique<Consumer<TscClock>>(*this, *tsc);
    }
    return std::make_unique<Consumer<Clock>>(*this, clock);
  }
  void close() noexcept override {
    closed_.store(true, std::memory_order_release);
    not_empty_.interrupt();
  }
  void interrupt() noexcept override { not_empty_.interrupt(); }
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override {
    if constexpr (CountsDepth<Q>) {
      return bare_->depth();
    } else {
      return std::nullopt;
    }
  }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override {
    return bare_->bound();
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> effective_settings()
      const override {
    const std::optional<std::size_t> bound = bare_->bound();
    return {{"bound", bound.has_value() ? std::to_string(*bound) : "none"},
            {"batch", std::to_string(batch_)},
            {"stamps", stamps_ == Stamps::own ? "own" : "shared"}};
  }

 private:
  /// What different threads write is two cache lines apart: processors fetch the next one along.
  static constexpr std::size_t two_lines = 128;

  template <class AnyClock>
  class alignas(two_lines) Producer final : public QueueProducer {
    using End = decltype(std::declval<Q&>().make_producer());

   public:
    Producer(InProcessQueue& queue, const AnyClock& clock)
        : queue_{queue}, clock_{clock}, end_{queue.bare_->make_producer()} {}

    ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override {
      ChunkResult chunk;
      if (queue_.closed_.load(std::memory_order_acquire)) {
        chunk.result = QueueResult::closed;
        return chunk;
      }
      if (queue_.stamps_ == Stamps::shared) {
        chunk = push_with_shared_stamps(calls, accepted_at);
      } else if (BulkBareProducer<End> && queue_.batch_ > 1) {
        chunk = push_batches(calls, accepted_at);
      } else {
        chunk = push_one_by_one(calls, accepted_at);
      }
      if (chunk.done > 0) {
        queue_.not_empty_.notify(chunk.done);
      }
      return chunk;
    }

   private:
    static void stamp(const CallHandle& call, Instant now) noexcept {
      Instant& offered_at = call.record->at.offered_at;
      offered_at = is_observed(offered_at) ? offered_at : now;
    }
    /// Reads the clock only where the call has no stamp yet.
    void stamp(const CallHandle& call) noexcept {
      if (!is_observed(call.record->at.offered_at)) {
        call.record->at.offered_at = clock_.now();
      }
    }

    ChunkResult push_one_by_one(std::span<const CallHandle> calls, std::span<Instant> accepted_at) {
      ChunkResult chunk;
      for (const CallHandle& call : calls) {
        stamp(call);
        // A record belongs to whoever takes it as soon as it is pushed.
        const Instant offered_at = call.record->at.offered_at;
        chunk.result = end_.try_push(call);
        if (chunk.result != QueueResult::ok) {
          break;
        }
        accepted_at[chunk.done++] = queue_.stamps_admission_ ? clock_.now() : offered_at;
      }
      return chunk;
    }

    ChunkResult push_batches(std::span<const CallHandle> calls, std::span<Instant> accepted_at) {
      ChunkResult chunk;
      while (chunk.done < calls.size() && chunk.result == QueueResult::ok) {
        const std::size_t wanted = std::min(queue_.batch_, calls.size() - chunk.done);
        const std::span<const CallHandle> batch = calls.subspan(chunk.done, wanted);
        const std::span<Instant> at = accepted_at.subspan(chunk.done, wanted);
        for (std::size_t index = 0; index < wanted; ++index) {
          stamp(batch[index]);
          at[index] = batch[index].record->at.offered_at;
        }
        const std::size_t pushed = push(batch, chunk.result);
        for (std::size_t index = 0; queue_.stamps_admission_ && index < pushed; ++index) {
          at[index] = clock_.now();
        }
        chunk.done += pushed;
      }
      return chunk;
    }

    ChunkResult push_with_shared_stamps(std::span<const CallHandle> calls,
                                        std::span<Instant> accepted_at) {
      const Instant offered_at = clock_.now();
      for (const CallHandle& call : calls) {
        stamp(call, offered_at);
      }
      ChunkResult chunk;
      while (chunk.done < calls.size() && chunk.result == QueueResult::ok) {
        chunk.done +=
            push(calls.subspan(chunk.done, std::min(queue_.batch_, calls.size() - chunk.done)),
                 chunk.result);
      }
      if (chunk.done > 0) {
        std::ranges::fill(accepted_at.first(chunk.done), clock_.now());
      }
      return chunk;
    }

    /// One operation of a structure that has it for several calls, so many operations elsewhere.
    std::size_t push(std::span<const CallHandle> batch, QueueResult& result) noexcept {
      if constexpr (BulkBareProducer<End>) {
        const std::size_t pushed = end_.try_push_bulk(batch);
        result = pushed == batch.size() ? QueueResult::ok : QueueResult::full;
        return pushed;
      } else {
        std::size_t pushed = 0;
        while (pushed < batch.size() &&
               (result = end_.try_push(batch[pushed])) == QueueResult::ok) {
          ++pushed;
        }
        return pushed;
      }
    }

    InProcessQueue& queue_;
    const AnyClock& clock_;
    End end_;
  };

  template <class AnyClock>
  class alignas(two_lines) Consumer final : public QueueConsumer {
    using End = decltype(std::declval<Q&>().make_consumer());

   public:
    Consumer(InProcessQueue& queue, const AnyClock& clock)
        : queue_{queue}, clock_{clock}, end_{queue.bare_->make_consumer()} {}

    ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) override {
      // Read before the takes: what was pushed before the close is still found by them.
      const bool closed = queue_.closed_.load(std::memory_order_acquire);
      ChunkResult chunk;
      if (queue_.stamps_ == Stamps::shared || (BulkBareConsumer<End> && queue_.batch_ > 1)) {
        chunk = pop_batches(calls, taken_at);
      } else {
        chunk = pop_one_by_one(calls, taken_at);
      }
      if (chunk.result == QueueResult::empty && closed && chunk.done == 0) {
        chunk.result = QueueResult::closed;
      }
      return chunk;
    }

    QueueResult wait(Instant until) override {
      const bool ready = queue_.not_empty_.wait(until, [this] {
        return !queue_.bare_->empty() || queue_.closed_.load(std::memory_order_acquire);
      });
      if (!ready) {
        return QueueResult::timed_out;
      }
      // Another consumer may have been faster: empty again, but not closed.
      return queue_.closed_.load(std::memory_order_acquire) && queue_.bare_->empty()
                 ? QueueResult::closed
                 : QueueResult::empty;
    }

   private:
    ChunkResult pop_one_by_one(std::span<CallHandle> calls, std::span<Instant> taken_at) {
      ChunkResult chunk;
      while (chunk.done < calls.size()) {
        chunk.result = end_.try_pop(calls[chunk.done]);
        if (chunk.result != QueueResult::ok) {
          break;
        }
        order_readings();
        taken_at[chunk.done++] = clock_.now();
      }
      return chunk;
    }

    ChunkResult pop_batches(std::span<CallHandle> calls, std::span<Instant> taken_at) {
      ChunkResult chunk;
      while (chunk.done < calls.size() && chunk.result == QueueResult::ok) {
        const std::size_t wanted = std::min(queue_.batch_, calls.size() - chunk.done);
        const std::size_t popped = pop(calls.subspan(chunk.done, wanted), chunk.result);
        if (queue_.stamps_ == Stamps::own && popped > 0) {
          order_readings();
          for (std::size_t index = 0; index < popped; ++index) {
            taken_at[chunk.done + index] = clock_.now();
          }
        }
        chunk.done += popped;
      }
      if (queue_.stamps_ == Stamps::shared && chunk.done > 0) {
        order_readings();
        std::ranges::fill(taken_at.first(chunk.done), clock_.now());
      }
      return chunk;
    }

    std::size_t pop(std::span<CallHandle> batch, QueueResult& result) noexcept {
      if constexpr (BulkBareConsumer<End>) {
        const std::size_t popped = end_.try_pop_bulk(batch);
        result = popped == batch.size() ? QueueResult::ok : QueueResult::empty;
        return popped;
      } else {
        std::size_t popped = 0;
        while (popped < batch.size() && (result = end_.try_pop(batch[popped])) == QueueResult::ok) {
          ++popped;
        }
        return popped;
      }
    }

    static void order_readings() noexcept {
      if constexpr (!OrdersClockReadings<End>) {
        order_clock_readings();
      }
    }

    InProcessQueue& queue_;
    const AnyClock& clock_;
    End end_;
  };

  std::unique_ptr<Q> bare_;
  const std::size_t batch_;
  const Stamps stamps_;
  const bool stamps_admission_;
  alignas(two_lines) WaitPoint not_empty_;
  alignas(two_lines) std::atomic<bool> closed_{false};
};

}  // namespace queuemeter
