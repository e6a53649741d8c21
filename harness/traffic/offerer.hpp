// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

namespace queuemeter {

/// Offers the calls of a plan when they are due, whatever happened to earlier ones: an open loop.
/// One thread, except what `TrafficSource` says.
class Offerer final : public TrafficSource {
 public:
  /// Offers its share of the calls of `plan`, which begins at `window.start`. Both it and `classes`
  /// must outlive this.
  Offerer(const ArrivalPlan& plan, const ClassDraw& classes, Share share, const RunWindow& window,
          CallEntry& entry, Ledger::Planner& ledger);

  [[nodiscard]] const GapEvidence* gaps() const noexcept override { return &gaps_; }

 private:
  [[nodiscard]] Instant next_due() noexcept override { return next_due_; }
  std::size_t take_due(Instant until, std::span<PlannedCall> into) override;
  [[nodiscard]] bool plans_ahead() const noexcept override { return true; }
  void note_gap(Instant offered_at);

  const ArrivalPlan& plan_;
  const ClassDraw& classes_;
  std::uint32_t number_;
  ArrivalStream stream_;
  Instant next_due_;
  GapEvidence gaps_;
  double previous_unit_time_ = -1.0;
  Instant previous_due_ = unobserved;
  Instant previous_offered_at_ = unobserved;
};

}  // namespace queuemeter
