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
/// The offerer acquires, gives back and collects; other threads return records, each through a
/// lane of its own.
class CallPool {
 public:
  /// Takes a stretch of the run's records; the table must outlive the pool. `lanes` is the number
  /// of threads that return records.
  explicit CallPool(std::span<CallRecord> records, std::size_t lanes = 1);
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;
  ~CallPool();

  /// A free record; null when all are in flight. Offerer only.
  [[nodiscard]] CallRecord* acquire() noexcept;
  /// Gives a record back on the offerer's own thread.
  void give_back(CallRecord& record) noexcept;

  /// Returns a record from another thread; one thread for each lane.
  void return_from(std::size_t lane, CallRecord& record) noexcept;
  /// Whether something has been returned and not been collected. Offerer only.
  [[nodiscard]] bool has_returned() const noexcept;
  /// Makes the returned records free again, after `seen` has looked at each: a caller whose record
  /// comes back is free to think. How many there were. Offerer only.
  template <class Seen>
  std::size_t collect(Seen&& seen) {
    return collect_each(
        [](void* context, CallRecord& record) { (*static_cast<Seen*>(context))(record); },
        static_cast<void*>(&seen));
  }

  /// All records; what a sweep looks through when no thread uses the pool any more.
  [[nodiscard]] std::span<CallRecord> records() noexcept { return records_; }
  [[nodiscard]] std::size_t index_of(const CallRecord& record) const noexcept {
    return static_cast<std::size_t>(&record - records_.data());
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return records_.size(); }

 private:
  struct Lane;  // the lock-free way back; hidden so that this header stays light

  std::size_t collect_each(void (*seen)(void*, CallRecord&), void* context);

  std::span<CallRecord> records_;
  std::vector<CallRecord*> free_;  // offerer only; reserved to capacity
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace queuemeter
