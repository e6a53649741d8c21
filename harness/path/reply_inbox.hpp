// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/path/return_sink.hpp"
#include "harness/queue/wait_point.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// The replies of a run in memory: from many workers to the one settler, without a lock.
/// `returned` from any thread.
class ReplyInbox final : public ReturnSink {
 public:
  /// `capacity` is the number of records in flight at the most, plus room for deliveries too many
  /// and notes.
  explicit ReplyInbox(std::size_t capacity);
  ~ReplyInbox() override;

  [[nodiscard]] bool returned(const Returned& what) noexcept override;

  /// The next one, oldest first as far as one worker goes; false when there is none. Settler only.
  [[nodiscard]] bool take(Returned& what) noexcept;
  /// Waits until something is there, `interrupt()`, or `until`. Settler only.
  void wait(Instant until);
  void interrupt() noexcept { arrived_.interrupt(); }

  /// Deliveries too many that found the inbox full and left only this number.
  [[nodiscard]] std::uint64_t uncounted_duplicates() const noexcept {
    return overflow_.load(std::memory_order_relaxed);
  }

 private:
  class Ring;
  std::unique_ptr<Ring> ring_;
  WaitPoint arrived_{WaitPolicyKind::spin_park};
  std::atomic<std::uint64_t> overflow_{0};
};

}  // namespace queuemeter
