// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace queuemeter {

/// The records of one offerer's calls in flight: made once, so that offering never allocates, and
/// bounded, so that a queue that swallows calls cannot eat the machine's memory.
///
/// The offerer acquires and gives back; one other thread (the settler) may return records.
class CallPool {
 public:
  explicit CallPool(std::size_t capacity);
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;
  ~CallPool();

  /// A free record; null when all are in flight. Offerer only.
  [[nodiscard]] CallRecord* acquire() noexcept;
  /// Gives a record back on the offerer's own thread.
  void give_back(CallRecord& record) noexcept;
  /// Returns a record from the settling thread, of which there is one at most.
  void return_from_settler(CallRecord& record) noexcept;

  /// All records; what a sweep looks through when no thread uses the pool any more.
  [[nodiscard]] std::span<CallRecord> records() noexcept { return {records_.get(), capacity_}; }
  [[nodiscard]] std::size_t index_of(const CallRecord& record) const noexcept {
    return static_cast<std::size_t>(&record - records_.get());
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Returned;  // the lock-free way back; hidden so that this header stays light

  std::size_t capacity_;
  std::unique_ptr<CallRecord[]> records_;
  std::vector<CallRecord*> free_;  // offerer only; reserved to capacity
  std::unique_ptr<Returned> returned_;
};

}  // namespace queuemeter
