// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/path/process_crew.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace queuemeter {

/// What becomes of the calls that children took: their reports, and the journals of the dead, made
/// into calls handed back.
///
/// The supervising thread; `settle_doubts` after it has ended.
class ProcessAccount {
 public:
  /// Both must outlive the account.
  ProcessAccount(const ProcessCrew::Parts& parts, const ProcessOrders& orders)
      : parts_{parts}, orders_{orders} {}

  /// Hands back what a child reported; `desk` is that child's.
  void hand_back(const ProcessReport& report, DeliveryDesk& desk);
  /// Reads the journal of a child that died, after its reports: what it had in hand is lost, or
  /// unfinished where the crew is being stopped, unless the queue delivers it again.
  void close(const ProcessPlace& place, bool is_stopping, Instant now);
  /// Loses the calls whose replies did not come after all. How many.
  std::size_t settle_doubts();

  /// Offers again what found no room at the sink; true when all is handed back.
  [[nodiscard]] bool hand_back_pending() noexcept;
  /// Whether something waits for room: no further report may be read until it has it.
  [[nodiscard]] bool is_waiting() const noexcept { return !pending_.empty(); }

 private:
  void offer_back(const Returned& what);
  [[nodiscard]] bool lose(CallHandle call, Outcome outcome, Reason reason, Instant now);
  [[nodiscard]] std::optional<CallHandle> find(std::uint32_t slot, std::uint64_t sequence) noexcept;

  const ProcessCrew::Parts& parts_;
  const ProcessOrders& orders_;
  std::vector<Returned> pending_;
  std::vector<CallHandle> doubts_;  // of children that died while replying
  WorkSlot scratch_;
};

}  // namespace queuemeter
