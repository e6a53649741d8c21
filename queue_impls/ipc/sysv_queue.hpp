// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/queue/queue.hpp"
#include "queue_impls/ipc/kernel_queue.hpp"
#include "queue_impls/ipc/receive_alarm.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter::queues {

/// A kernel message queue behind the queue port. See sysv.hpp for what it promises.
class SysvQueue final : public Queue {
 public:
  /// `message_bytes`: the largest message it carries.
  SysvQueue(KernelQueue kernel, const QueueSettings& settings, const QueueContext& context,
            std::size_t message_bytes);

  [[nodiscard]] const QueueTraits& traits() const noexcept override;
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* sink, boost::asio::io_context* loop) override;
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) override;
  void close() noexcept override;
  void interrupt() noexcept override;
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override;
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override { return bound_; }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> effective_settings()
      const override;
  [[nodiscard]] std::string version() const override;

 private:
  class Producer;
  class Consumer;

  /// A call that a waiting consumer received.
  struct Received {
    CallHandle call;
    Instant taken_at;
  };

  [[nodiscard]] QueueResult send(KernelMessage& message, std::size_t bytes) noexcept;
  [[nodiscard]] std::optional<CallHandle> decode(std::span<const std::byte> bytes) noexcept;
  /// Takes what a waiting consumer received before somebody else.
  [[nodiscard]] bool take_received(Received& received) noexcept;
  void keep(Received received);
  [[nodiscard]] bool is_closed_and_empty() const noexcept;

  KernelQueue kernel_;
  const WaitPolicyKind wait_;
  const std::optional<std::size_t> bound_;  // calls
  const std::size_t message_bytes_;
  const std::uint64_t run_id_;
  const std::uint64_t seed_;
  CallIntake* const intake_;
  const bool carries_replies_;

  std::atomic<bool> closed_{false};
  std::atomic<std::uint32_t> interrupts_{0};
  std::mutex
      counting_;  // held from counting the calls to sending one more, where calls are bounded

  std::mutex receiving_;                // guards received_ and blocked_
  std::deque<Received> received_;       // what consumers had kept when they ended
  std::vector<ReceiveAlarm*> blocked_;  // of consumers that may be inside a blocking call
  std::atomic<std::size_t> received_count_{0};
  std::atomic<std::size_t> kept_count_{0};  // by consumers: one each at the most
};

}  // namespace queuemeter::queues
