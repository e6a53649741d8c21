// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/instant.hpp"

#include <cstddef>

namespace queuemeter {

/// How the work in a slot ended.
struct SlotWork {
  bool is_error = false;
  bool is_wasted = false;
  bool hung = false;
};

/// The books of a server's slots: what they did, and for how long they were busy. One thread at a
/// time.
class SlotAccount {
 public:
  SlotAccount(std::size_t slots, Instant origin) : origin_{origin} { totals_.slots = slots; }

  void began(Instant at) noexcept {
    ++working_;
    started_sum_ += at - origin_;
  }
  void ended(Instant started_at, Instant ended_at, const SlotWork& work) noexcept {
    const Duration service = ended_at - started_at;
    --working_;
    started_sum_ -= started_at - origin_;
    busy_ += service;
    if (!work.hung) {
      ++totals_.served;
      totals_.errors += work.is_error ? 1U : 0U;
      totals_.wasted += work.is_wasted ? 1U : 0U;
      totals_.service_seconds += to_seconds(service);
      totals_.service_seconds_squared += to_seconds(service) * to_seconds(service);
    }
  }
  void refused() noexcept { ++totals_.refused; }
  void hung() noexcept { ++totals_.hung; }

  [[nodiscard]] BackendAccount read(Instant now) const noexcept {
    BackendAccount account = totals_;
    const Duration working = static_cast<Duration::rep>(working_) * (now - origin_);
    account.busy_seconds = to_seconds(busy_ + working - started_sum_);
    account.read_at = now;
    return account;
  }

 private:
  BackendAccount totals_;
  Instant origin_;           // sums of instants are kept relative to it
  std::size_t working_ = 0;  // slots at work
  Duration started_sum_{0};  // Σ (start − origin) over those
  Duration busy_{0};         // Σ (end − start) over work that has ended
};

}  // namespace queuemeter
