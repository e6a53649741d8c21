// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/queue/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>

namespace queuemeter {

/// A queue that breaks its promises in a way that can be counted: every `period`-th call is
/// dropped, delivered twice, overtaken by the next one, or held back. For virtual time: one thread.
class FaultyQueue final : public Queue {
 public:
  enum class Fault { drops, duplicates, reorders, delays };

  /// `faults` counts how often the promise was broken; it must outlive the queue.
  FaultyQueue(Fault fault, std::uint64_t period, Duration delay, std::int64_t& faults)
      : faults_{faults}, fault_{fault}, period_{period}, delay_{delay} {}

  [[nodiscard]] const QueueTraits& traits() const noexcept override { return traits_; }
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* /*sink*/, boost::asio::io_context* /*loop*/) override {
    return std::make_unique<Producer>(*this, clock);
  }
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) override {
    return std::make_unique<Consumer>(*this, clock);
  }
  void close() noexcept override {}
  void interrupt() noexcept override {}
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override { return calls_.size(); }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override { return std::nullopt; }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> effective_settings()
      const override {
    return {};
  }

 private:
  struct Held {
    CallHandle call;
    Instant from;
  };

  class Producer final : public QueueProducer {
   public:
    Producer(FaultyQueue& queue, const Clock& clock) : queue_{queue}, clock_{clock} {}
    ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override {
      for (std::size_t index = 0; index < calls.size(); ++index) {
        calls[index].record->at.offered_at = clock_.now();
        accepted_at[index] = clock_.now();
        queue_.accept(calls[index], clock_.now());
      }
      return {calls.size(), QueueResult::ok};
    }

   private:
    FaultyQueue& queue_;
    const Clock& clock_;
  };

  class Consumer final : public QueueConsumer {
   public:
    Consumer(FaultyQueue& queue, const Clock& clock) : queue_{queue}, clock_{clock} {}
    ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) override {
      ChunkResult chunk;
      while (chunk.done < calls.size() && !queue_.calls_.empty() &&
             queue_.calls_.front().from <= clock_.now()) {
        calls[chunk.done] = queue_.calls_.front().call;
        taken_at[chunk.done++] = clock_.now();
        queue_.calls_.pop_front();
      }
      chunk.result = chunk.done == calls.size() ? QueueResult::ok : QueueResult::empty;
      return chunk;
    }
    QueueResult wait(Instant /*until*/) override { return QueueResult::timed_out; }

   private:
    FaultyQueue& queue_;
    const Clock& clock_;
  };

  void accept(CallHandle call, Instant now) {
    const bool breaks = ++accepted_ % period_ == 0;
    faults_ += breaks ? 1 : 0;
    if (!breaks) {
      calls_.push_back({call, now});
    } else if (fault_ == Fault::duplicates) {
      calls_.push_back({call, now});
      calls_.push_back({call, now});
    } else if (fault_ == Fault::reorders && !calls_.empty()) {
      calls_.insert(std::prev(calls_.end()), {call, now});
    } else if (fault_ == Fault::reorders) {
      calls_.push_back({call, now});
      --faults_;  // nobody to overtake
    } else if (fault_ == Fault::delays) {
      calls_.push_back({call, now + delay_});
    }
  }

  static constexpr QueueTraits traits_{.name = "faulty", .summary = "breaks its promises"};
  std::int64_t& faults_;
  Fault fault_;
  std::uint64_t period_;
  Duration delay_;
  std::uint64_t accepted_ = 0;
  std::deque<Held> calls_;
};

}  // namespace queuemeter
