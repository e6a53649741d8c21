// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/ipc/sysv_queue.hpp"

#include "harness/call/reply_wire.hpp"
#include "harness/call/wire.hpp"
#include "queue_impls/ipc/sysv.hpp"

#include <algorithm>
#include <cerrno>
#include <sched.h>
#include <sys/utsname.h>
#include <time.h>

namespace queuemeter::queues {
namespace {

/// Tries before a waiting consumer blocks, about 2 µs together.
constexpr int tries_before_blocking = 6;
/// Between looks at a queue that is gone, or on a machine without a timer left.
constexpr Duration pause_without_alarm = std::chrono::milliseconds{1};

void sleep_for(Duration span) noexcept {
  const timespec pause{0, static_cast<long>(span.count())};
  nanosleep(&pause, nullptr);
}

bool is_gone(std::ptrdiff_t got) noexcept { return got == -EIDRM || got == -EINVAL; }

}  // namespace

/// Sends one message for each call.
class SysvQueue::Producer final : public QueueProducer {
 public:
  Producer(SysvQueue& queue, const Clock& clock)
      : queue_{queue}, clock_{clock}, message_{queue.message_bytes_} {}

  ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override {
    ChunkResult chunk;
    for (const CallHandle& call : calls) {
      if (queue_.closed_.load(std::memory_order_acquire)) {
        chunk.result = QueueResult::closed;
        break;
      }
      chunk.result = queue_.carries_replies_ ? offer_reply(call) : offer_call(call);
      if (chunk.result != QueueResult::ok) {
        break;
      }
      accepted_at[chunk.done++] = clock_.now();
    }
    return chunk;
  }

 private:
  QueueResult offer_call(const CallHandle& handle) noexcept {
    CallRecord& record = *handle.record;
    if (!is_observed(record.at.offered_at)) {
      record.at.offered_at = clock_.now();
    }
    Call call = record.call;
    call.sequence = handle.sequence;
    const std::size_t bytes = wire_header_bytes + call.payload_bytes;
    if (bytes > message_.bytes().size()) {
      return QueueResult::rejected;  // larger than was said when the queue was opened
    }
    const std::span payload = message_.bytes().subspan(wire_header_bytes, call.payload_bytes);
    fill_payload(queue_.seed_, call.sequence, payload);
    call.checksum = payload_checksum(payload);
    write_wire_header(call, message_.bytes());
    // Again, after the last write to the record: who claims it in this process hears of the call
    // by way of the kernel, or of another process, which order nothing here.
    record.publish(handle.sequence);
    return queue_.send(message_, bytes);
  }

  QueueResult offer_reply(const CallHandle& handle) noexcept {
    write_reply(*handle.record, message_.bytes());
    return queue_.send(message_, reply_wire_bytes);
  }

  SysvQueue& queue_;
  const Clock& clock_;
  KernelMessage message_;
};

class SysvQueue::Consumer final : public QueueConsumer {
 public:
  Consumer(SysvQueue& queue, const Clock& clock)
      : queue_{queue}, clock_{clock}, message_{largest_kernel_message()} {}
  ~Consumer() override {
    if (kept_.has_value()) {
      queue_.keep(*kept_);
      queue_.kept_count_.fetch_sub(1, std::memory_order_release);
    }
  }

  ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) override {
    // Read before the takes: what was sent before the close is still found by them.
    const bool closed = queue_.closed_.load(std::memory_order_acquire);
    ChunkResult chunk;
    while (chunk.done < calls.size()) {
      Received received;
      chunk.result = take_kept(received) || queue_.take_received(received)
                         ? QueueResult::ok
                         : receive(KernelQueue::Wait::no, received);
      if (chunk.result != QueueResult::ok) {
        break;
      }
      calls[chunk.done] = received.call;
      taken_at[chunk.done++] = received.taken_at;
    }
    if (chunk.result == QueueResult::empty && closed && chunk.done == 0) {
      chunk.result = QueueResult::closed;
    }
    return chunk;
  }

  QueueResult wait(Instant until) override {
    const std::uint32_t interrupts = queue_.interrupts_.load(std::memory_order_acquire);
    for (int tries = 1;; ++tries) {
      if (queue_.is_closed_and_empty()) {
        return QueueResult::closed;
      }
      if (kept_.has_value() || queue_.received_count_.load(std::memory_order_acquire) > 0 ||
          receive_and_keep(KernelQueue::Wait::no)) {
        return QueueResult::empty;  // there is something: try again
      }
      if (is_over(until, interrupts)) {
        return how_it_ended();
      }
      if (gone_) {
        sleep_for(std::min(pause_without_alarm, until - clock_.now()));
      } else if (queue_.wait_ == WaitPolicyKind::spin_park && tries >= tries_before_blocking) {
        return block(until, interrupts);
      } else if (queue_.wait_ == WaitPolicyKind::spin_yield && tries >= tries_before_blocking) {
        sched_yield();
      }
    }
  }

 private:
  [[nodiscard]] bool is_over(Instant until, std::uint32_t interrupts) const noexcept {
    return queue_.interrupts_.load(std::memory_order_acquire) != interrupts ||
           clock_.now() >= until;
  }
  /// Asked after the interrupts, because closing comes before the interrupt that tells of it.
  [[nodiscard]] QueueResult how_it_ended() const noexcept {
    return queue_.is_closed_and_empty() ? QueueResult::closed : QueueResult::timed_out;
  }

  /// The next call that is of this run; messages that are not are thrown away and counted.
  QueueResult receive(KernelQueue::Wait wait, Received& received) noexcept {
    for (;;) {
      const std::ptrdiff_t got = queue_.kernel_.receive(message_, wait);
      gone_ = is_gone(got);
      if (got < 0) {
        return got == -ENOMSG || got == -EINTR ? QueueResult::empty : QueueResult::failed;
      }
      const auto call = queue_.decode(message_.bytes().first(static_cast<std::size_t>(got)));
      if (call.has_value()) {
        received = {*call, clock_.now()};
        return QueueResult::ok;
      }
    }
  }

  /// What comes during a wait is this consumer's next call: somebody else would have it after a
  /// later one of the same producer. Only if this consumer ends first, others get it.
  bool receive_and_keep(KernelQueue::Wait wait) noexcept {
    Received received;
    if (receive(wait, received) != QueueResult::ok) {
      return false;
    }
    kept_ = received;
    queue_.kept_count_.fetch_add(1, std::memory_order_release);
    return true;
  }

  bool take_kept(Received& received) noexcept {
    if (!kept_.has_value()) {
      return false;
    }
    received = *kept_;
    kept_.reset();
    queue_.kept_count_.fetch_sub(1, std::memory_order_release);
    if (queue_.closed_.load(std::memory_order_acquire)) {
      queue_.interrupt();  // it may have been the last, which the others wait for
    }
    return true;
  }

  /// Blocks in the kernel until a message comes, an interrupt, the close, `until`, or any signal.
  QueueResult block(Instant until, std::uint32_t interrupts) {
    if (!alarm_.arm(until)) {
      sleep_for(pause_without_alarm);
      return QueueResult::empty;
    }
    {
      const std::lock_guard lock{queue_.receiving_};
      queue_.blocked_.push_back(&alarm_);
    }
    // An interrupt before this line is seen here, one after it rings the alarm.
    const bool has_received = queue_.interrupts_.load(std::memory_order_acquire) == interrupts &&
                              receive_and_keep(KernelQueue::Wait::yes);
    {
      const std::lock_guard lock{queue_.receiving_};
      std::erase(queue_.blocked_, &alarm_);
    }
    alarm_.disarm();
    if (has_received) {
      return QueueResult::empty;
    }
    return is_over(until, interrupts) ? how_it_ended() : QueueResult::empty;
  }

  SysvQueue& queue_;
  const Clock& clock_;
  KernelMessage message_;
  ReceiveAlarm alarm_;
  std::optional<Received> kept_;  // came during a wait
  bool gone_ = false;             // the queue was removed by somebody else
};

SysvQueue::SysvQueue(KernelQueue kernel, const QueueSettings& settings, const QueueContext& context,
                     std::size_t message_bytes)
    : kernel_{std::move(kernel)},
      wait_{settings.wait},
      bound_{settings.bound},
      message_bytes_{message_bytes},
      run_id_{context.run_id},
      seed_{context.seed},
      intake_{context.intake},
      carries_replies_{context.role == "replies"} {}

const QueueTraits& SysvQueue::traits() const noexcept { return sysv_traits; }

std::unique_ptr<QueueProducer> SysvQueue::make_producer(const Clock& clock,
                                                        ConfirmationSink* /*sink*/,
                                                        boost::asio::io_context* /*loop*/) {
  return std::make_unique<Producer>(*this, clock);
}

std::unique_ptr<QueueConsumer> SysvQueue::make_consumer(const Clock& clock) {
  return std::make_unique<Consumer>(*this, clock);
}

void SysvQueue::close() noexcept {
  closed_.store(true, std::memory_order_release);
  interrupt();
}

void SysvQueue::interrupt() noexcept {
  interrupts_.fetch_add(1, std::memory_order_release);
  const std::lock_guard lock{receiving_};
  for (ReceiveAlarm* const alarm : blocked_) {
    alarm->ring();
  }
}

std::optional<std::size_t> SysvQueue::depth() const noexcept {
  return kernel_.depth() + received_count_.load(std::memory_order_acquire) +
         kept_count_.load(std::memory_order_acquire);
}

bool SysvQueue::is_closed_and_empty() const noexcept {
  return closed_.load(std::memory_order_acquire) && depth() == 0;
}

std::vector<std::pair<std::string, std::string>> SysvQueue::effective_settings() const {
  std::vector<std::pair<std::string, std::string>> settings{
      {"id", std::to_string(kernel_.id())},
      {"msg_qbytes", std::to_string(kernel_.bound_bytes())},
      {"msgmax", std::to_string(largest_kernel_message())},
      {"message_bytes", std::to_string(message_bytes_)},
      {"messages_that_fit", std::to_string(kernel_.bound_bytes() / message_bytes_)}};
  if (bound_.has_value()) {
    settings.emplace_back("bound", std::to_string(*bound_));
  }
  return settings;
}

std::string SysvQueue::version() const {
  utsname names{};
  return uname(&names) == 0 ? std::string{"Linux "} + static_cast<const char*>(names.release)
                            : "Linux";
}

QueueResult SysvQueue::send(KernelMessage& message, std::size_t bytes) noexcept {
  int error = 0;
  if (bound_.has_value()) {
    const std::lock_guard lock{counting_};
    error = *depth() < *bound_ ? kernel_.send(message, bytes) : EAGAIN;
  } else {
    error = kernel_.send(message, bytes);
  }
  return error == 0 ? QueueResult::ok : error == EAGAIN ? QueueResult::full : QueueResult::failed;
}

std::optional<CallHandle> SysvQueue::decode(std::span<const std::byte> bytes) noexcept {
  if (carries_replies_) {
    return read_reply(bytes, *intake_);
  }
  const Result<Call> call = read_wire_header(bytes);
  const bool is_whole = call && bytes.size() == wire_header_bytes + call->payload_bytes &&
                        payload_checksum(bytes.subspan(wire_header_bytes)) == call->checksum;
  Call foreign;
  foreign.run_id = ~run_id_;  // of no run of ours: admitting it counts it
  return intake_->admit(is_whole ? *call : foreign);
}

bool SysvQueue::take_received(Received& received) noexcept {
  if (received_count_.load(std::memory_order_acquire) == 0) {
    return false;
  }
  const std::lock_guard lock{receiving_};
  if (received_.empty()) {
    return false;
  }
  received = received_.front();
  received_.pop_front();
  received_count_.store(received_.size(), std::memory_order_release);
  return true;
}

void SysvQueue::keep(Received received) {
  const std::lock_guard lock{receiving_};
  received_.push_back(received);
  received_count_.store(received_.size(), std::memory_order_release);
}

}  // namespace queuemeter::queues
