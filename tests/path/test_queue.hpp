// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/queue/queue.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace queuemeter {

/// A queue whose every doing is plain to see: one lock, a bound, and, if it is told so, taken calls
/// that come again unless they are acknowledged in time. Thread-safe; waiting is polling.
class TestQueue final : public Queue {
 public:
  struct Rules {
    std::size_t bound = 1'000'000;
    bool acked = false;
    Duration ack_timeout = std::chrono::hours{1};
  };

  explicit TestQueue(Rules rules) : rules_{rules} {
    traits_.name = "test";
    traits_.delivery = rules.acked ? QueueDelivery::acked : QueueDelivery::destructive;
    traits_.consumer_guarantee =
        rules.acked ? ConsumerGuarantee::c1_ack_after_work : ConsumerGuarantee::c0_at_most_once;
  }

  [[nodiscard]] const QueueTraits& traits() const noexcept override { return traits_; }
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* /*sink*/ = nullptr,
      boost::asio::io_context* /*loop*/ = nullptr) override {
    return std::make_unique<Producer>(*this, clock);
  }
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) override {
    return std::make_unique<Consumer>(*this, clock);
  }
  void close() noexcept override {}
  void interrupt() noexcept override {}
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override {
    const std::scoped_lock lock{mutex_};
    return waiting_.size();
  }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override { return rules_.bound; }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> effective_settings()
      const override {
    return {};
  }
  [[nodiscard]] std::uint64_t redelivered() const noexcept override {
    const std::scoped_lock lock{mutex_};
    return redelivered_;
  }

  /// Calls taken and not acknowledged, now and at the most.
  [[nodiscard]] std::size_t held() const {
    const std::scoped_lock lock{mutex_};
    return held_.size();
  }
  [[nodiscard]] std::size_t most_held() const {
    const std::scoped_lock lock{mutex_};
    return most_held_;
  }
  /// How often anybody looked into it.
  [[nodiscard]] std::uint64_t looks() const {
    const std::scoped_lock lock{mutex_};
    return looks_;
  }
  /// Puts a second copy of a call at the end, as a queue that duplicates does.
  void duplicate(CallHandle call) {
    const std::scoped_lock lock{mutex_};
    waiting_.push_back(call);
  }
  /// From now on acknowledgements fail.
  void break_acknowledgement() {
    const std::scoped_lock lock{mutex_};
    acknowledges_ = false;
  }

 private:
  struct Held {
    CallHandle call;
    Instant until;
  };

  class Producer final : public QueueProducer {
   public:
    Producer(TestQueue& queue, const Clock& clock) : queue_{queue}, clock_{clock} {}
    ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override {
      const std::scoped_lock lock{queue_.mutex_};
      ChunkResult chunk;
      for (const CallHandle& call : calls) {
        if (queue_.waiting_.size() >= queue_.rules_.bound) {
          chunk.result = QueueResult::full;
          break;
        }
        if (!is_observed(call.record->at.offered_at)) {
          call.record->at.offered_at = clock_.now();
        }
        queue_.waiting_.push_back(call);
        accepted_at[chunk.done++] = clock_.now();
      }
      return chunk;
    }

   private:
    TestQueue& queue_;
    const Clock& clock_;
  };

  class Consumer final : public QueueConsumer {
   public:
    Consumer(TestQueue& queue, const Clock& clock) : queue_{queue}, clock_{clock} {}
    ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) override {
      const std::scoped_lock lock{queue_.mutex_};
      ++queue_.looks_;
      const Instant now = clock_.now();
      queue_.deliver_again(now);
      ChunkResult chunk;
      while (chunk.done < calls.size() && !queue_.waiting_.empty()) {
        calls[chunk.done] = queue_.waiting_.front();
        taken_at[chunk.done] = now;
        queue_.waiting_.pop_front();
        if (queue_.rules_.acked) {
          queue_.held_.push_back({calls[chunk.done], now + queue_.rules_.ack_timeout});
          queue_.most_held_ = std::max(queue_.most_held_, queue_.held_.size());
        }
        ++chunk.done;
      }
      chunk.result = chunk.done == calls.size() ? QueueResult::ok : QueueResult::empty;
      return chunk;
    }
    QueueResult wait(Instant until) override {
      while (queue_.depth() == std::size_t{0} && clock_.now() < until) {
        std::this_thread::sleep_for(std::chrono::microseconds{50});
      }
      return QueueResult::empty;
    }
    QueueResult acknowledge(std::span<const CallHandle> calls) override {
      const std::scoped_lock lock{queue_.mutex_};
      if (!queue_.acknowledges_) {
        return QueueResult::failed;
      }
      for (const CallHandle& call : calls) {
        queue_.forget(call);
      }
      return QueueResult::ok;
    }
    QueueResult give_back(CallHandle call) override {
      const std::scoped_lock lock{queue_.mutex_};
      if (!queue_.rules_.acked) {
        return QueueResult::rejected;
      }
      queue_.forget(call);
      queue_.waiting_.push_front(call);
      return QueueResult::ok;
    }

   private:
    TestQueue& queue_;
    const Clock& clock_;
  };

  void forget(CallHandle call) {
    const auto found = std::ranges::find_if(held_, [call](const Held& held) {
      return held.call.record == call.record && held.call.sequence == call.sequence;
    });
    if (found != held_.end()) {
      held_.erase(found);
    }
  }
  void deliver_again(Instant now) {
    for (std::size_t index = 0; index < held_.size();) {
      if (held_[index].until > now) {
        ++index;
        continue;
      }
      waiting_.push_back(held_[index].call);
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
      ++redelivered_;
    }
  }

  Rules rules_;
  QueueTraits traits_;
  mutable std::mutex mutex_;  // guards everything below
  std::deque<CallHandle> waiting_;
  std::vector<Held> held_;
  std::size_t most_held_ = 0;
  std::uint64_t redelivered_ = 0;
  std::uint64_t looks_ = 0;
  bool acknowledges_ = true;
};

}  // namespace queuemeter
