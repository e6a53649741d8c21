// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_intake.hpp"
#include "harness/call/call_record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace queuemeter {

/// A worker process's records: it has no table of its parent's, and fills one of its own with each
/// call that comes over the wire. They are used in turn, so `most_at_once` is how many calls a
/// queue may have handed over that are not done.
///
/// The draw key is not on the wire; here it is the sequence. One thread.
class ProcessIntake final : public CallIntake {
 public:
  ProcessIntake(std::uint64_t run_id, std::size_t most_at_once)
      : run_id_{run_id}, size_{most_at_once}, records_{std::make_unique<CallRecord[]>(size_)} {}

  [[nodiscard]] std::optional<CallHandle> admit(const Call& call) noexcept override {
    if (call.run_id != run_id_) {
      return std::nullopt;
    }
    CallRecord& record = records_[next_];
    next_ = (next_ + 1) % size_;
    record.call = call;
    record.call.draw_key = call.sequence;
    record.at = Instants{};
    record.publish(call.sequence);
    return CallHandle{&record, call.sequence};
  }

 private:
  std::uint64_t run_id_;
  std::size_t size_;
  std::unique_ptr<CallRecord[]> records_;
  std::size_t next_ = 0;
};

}  // namespace queuemeter
