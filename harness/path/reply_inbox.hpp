// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/instant.hpp"
#include "harness/queue/wait_point.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// What a worker hands back: the call it held, or word of a delivery too many.
struct Returned {
  enum class Kind : std::uint8_t {
    settled,   ///< the record says how the call ended; the holder changes now
    duplicate  ///< the call had been taken before; there is no record to settle
  };
  CallRecord* record = nullptr;
  Instant at;  ///< when the worker was done with it
  Kind kind = Kind::settled;
  bool reordered = false;  ///< it was taken after a later call of the same producer
};

/// Receives what workers are done with. Thread-safe, never waits.
class ReturnSink {
 public:
  ReturnSink() = default;
  ReturnSink(const ReturnSink&) = delete;
  ReturnSink& operator=(const ReturnSink&) = delete;
  virtual ~ReturnSink() = default;
  virtual void returned(const Returned& what) noexcept = 0;
};

/// The replies of a run in memory: from many workers to the one settler, without a lock.
class ReplyInbox final : public ReturnSink {
 public:
  /// `capacity` is the number of records in flight at the most, plus room for duplicates.
  explicit ReplyInbox(std::size_t capacity);
  ~ReplyInbox() override;

  void returned(const Returned& what) noexcept override;

  /// The next one, oldest first as far as one worker goes; false when there is none. Settler only.
  [[nodiscard]] bool take(Returned& what) noexcept;
  /// Waits until something is there, `interrupt()`, or `until`. Settler only.
  void wait(Instant until);
  void interrupt() noexcept { arrived_.interrupt(); }

  /// Duplicates that found the inbox full and left only this number.
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
