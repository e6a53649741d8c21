// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_intake.hpp"
#include "harness/call/call_record.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace queuemeter {

/// All records of a run, numbered by slot. Pools own stretches of it; a queue that carries bytes
/// finds a call's record again by the slot in its header.
///
/// Made and given room before the first thread starts; `admit` and `foreign` from any thread.
class RecordTable final : public CallIntake {
 public:
  explicit RecordTable(std::uint64_t run_id) : run_id_{run_id} {}

  /// Makes the records; once. How many are needed depends on the queue, which must know the table
  /// before.
  void make_room(std::size_t slots);
  [[nodiscard]] std::uint64_t run_id() const noexcept { return run_id_; }
  [[nodiscard]] std::span<CallRecord> records() noexcept { return {records_.get(), slots_}; }
  [[nodiscard]] std::optional<CallHandle> admit(const Call& call) noexcept override;
  /// Messages that were not of this run.
  [[nodiscard]] std::uint64_t foreign() const noexcept {
    return foreign_.load(std::memory_order_relaxed);
  }

 private:
  std::uint64_t run_id_;
  std::size_t slots_ = 0;
  std::unique_ptr<CallRecord[]> records_;
  std::atomic<std::uint64_t> foreign_{0};
};

}  // namespace queuemeter
