// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/offerer.hpp"

namespace queuemeter {

Offerer::Offerer(const ArrivalPlan& plan, const ClassDraw& classes, Share share,
                 const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger)
    : TrafficSource{window, entry, ledger, no_limit},
      plan_{plan},
      classes_{classes},
      number_{share.first},
      stream_{plan, share.first, share.stride},
      next_due_{window.start + stream_.due()} {
  gaps_.planned.reserve(GapEvidence::gap_limit);
  gaps_.offered.reserve(GapEvidence::gap_limit);
}

std::size_t Offerer::take_due(Instant until, std::span<PlannedCall> into) {
  std::size_t count = 0;
  while (count < into.size() && next_due_ <= until) {
    if (window().measures(next_due_) && gaps_.planned.size() < GapEvidence::gap_limit) {
      note_gap(until);
    }
    const std::uint64_t sequence = stream_.sequence();
    into[count++] = {.sequence = sequence,
                     .planned_at = next_due_,
                     .draw_key = sequence,
                     .caller = number_,
                     .class_index = classes_.of(sequence)};
    stream_.advance();
    next_due_ = window().start + stream_.due();
  }
  return count;
}

void Offerer::note_gap(Instant offered_at) {
  const double unit_time = stream_.unit_time();
  if (is_observed(previous_offered_at_)) {
    const double rate = plan_.profile().rate_at(next_due_ - window().start).calls_per_second();
    const double planned = unit_time - previous_unit_time_;
    // A gap that a burst has shortened says nothing about arrivals at a rate.
    if (to_seconds(next_due_ - previous_due_) * rate > planned / 2.0) {
      gaps_.planned.push_back(planned);
      gaps_.offered.push_back(to_seconds(offered_at - previous_offered_at_) * rate);
    }
  }
  previous_unit_time_ = unit_time;
  previous_due_ = next_due_;
  previous_offered_at_ = offered_at;
}

}  // namespace queuemeter
