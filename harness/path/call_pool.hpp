// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace queuemeter {

/// Ends the sleep of an offering thread. Any thread.
class Waker {
 public:
  Waker() = default;
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  virtual ~Waker() = default;
  virtual void wake() noexcept = 0;
};

/// The records of one offerer's calls in flight: made once, so that offering never allocates, and
/// bounded, so that a queue that swallows calls cannot eat the machine's memory.
///
/// The offerer acquires, gives back and collects; other threads return records, each through a
/// lane of its own:
///
///     const bool mine = !pool.is_contested() || record.decide();
///     …settle the call if it is mine; write to the record how it went in any case…
///     pool.return_from(lane, record);      // for each record
///     pool.wake_offerer();                 // once for each batch
///
/// A call that is not the settler's has been settled by the offerer, whose caller gave up; the
/// offerer accounts for what came back too late.
class CallPool {
 public:
  /// Takes a stretch of the run's records; the table must outlive the pool. `lanes` is the number
  /// of threads that return records.
  explicit CallPool(std::span<CallRecord> records, std::size_t lanes = 1);
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;
  ~CallPool();

  /// Whom `wake_offerer` wakes; set before the first thread starts, and only where the offerer has
  /// something to do when a record comes back. The waker must outlive the threads that return.
  void set_waker(Waker* waker) noexcept { waker_ = waker; }
  /// Whether an offerer may settle calls that are out, so that `CallRecord::decide` has to be
  /// asked. Set before the first thread starts.
  void set_contested(bool contested) noexcept { contested_ = contested; }
  [[nodiscard]] bool is_contested() const noexcept { return contested_; }

  /// A free record; null when all are in flight or returned without having been collected.
  /// Offerer only.
  [[nodiscard]] CallRecord* acquire() noexcept;
  /// As many free records as there are, `records.size()` at most, the returned ones included; how
  /// many. Where nobody has to look at what comes back. Offerer only.
  [[nodiscard]] std::size_t acquire(std::span<CallRecord*> records) noexcept;
  /// Gives a record back on the offerer's own thread.
  void give_back(CallRecord& record) noexcept;

  /// Returns a record from another thread; one thread for each lane.
  void return_from(std::size_t lane, CallRecord& record) noexcept;
  /// The same for many.
  void return_from(std::size_t lane, std::span<CallRecord* const> records) noexcept;
  /// Tells the offerer that records have been returned, if it wants to know. The returning threads.
  void wake_offerer() noexcept {
    if (waker_ != nullptr) {
      waker_->wake();
    }
  }
  /// Whether something has been returned and not been collected. Offerer only.
  [[nodiscard]] bool has_returned() const noexcept;
  /// Takes what has been returned: a record for which `seen` is true is free again, another one
  /// stays with the offerer until `give_back`. How many there were. Offerer only.
  template <class Seen>
  std::size_t collect(Seen&& seen) {
    return collect_each(
        [](void* context, CallRecord& record) -> bool {
          return (*static_cast<std::remove_reference_t<Seen>*>(context))(record);
        },
        static_cast<void*>(&seen));
  }

  /// All records; what a sweep looks through when no thread uses the pool any more.
  [[nodiscard]] std::span<CallRecord> records() noexcept { return records_; }
  [[nodiscard]] std::size_t index_of(const CallRecord& record) const noexcept {
    return static_cast<std::size_t>(&record - records_.data());
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return records_.size(); }
  /// The most records that were in use at once, or returned and not collected yet. When the
  /// offerer's thread has ended.
  [[nodiscard]] std::size_t peak_in_use() const noexcept { return capacity() - least_free_; }

 private:
  struct Lane;  // the lock-free way back; hidden so that this header stays light

  [[nodiscard]] std::uint32_t number_of(const CallRecord& record) const noexcept {
    return static_cast<std::uint32_t>(index_of(record));
  }
  std::size_t collect_each(bool (*seen)(void*, CallRecord&), void* context);

  std::span<CallRecord> records_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Waker* waker_ = nullptr;
  bool contested_ = false;
  // Offerer only; reserved to capacity. Two cache lines away from what others read meanwhile.
  alignas(128) std::vector<std::uint32_t> free_;  // by index
  std::size_t least_free_;
};

}  // namespace queuemeter
