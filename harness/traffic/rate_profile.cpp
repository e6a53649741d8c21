// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/rate_profile.hpp"

#include <algorithm>
#include <cmath>

namespace queuemeter {

RateProfile::RateProfile(Rate afterwards, const std::vector<Piece>& pieces) {
  double begins_s = 0.0;
  double calls = 0.0;
  for (const Piece& piece : pieces) {
    const double length = to_seconds(piece.length);
    const double from = piece.from.calls_per_second();
    const double to = piece.to.calls_per_second();
    segments_.push_back({begins_s, calls, from, (to - from) / length});
    begins_s += length;
    calls += length * (from + to) / 2.0;
  }
  segments_.push_back({begins_s, calls, afterwards.calls_per_second(), 0.0});
}

Duration RateProfile::when_due(double calls) const noexcept {
  // The last segment that begins with at most so many calls. Stretches with rate 0 share their
  // count with the next one, which is then the right one.
  const auto after = std::ranges::upper_bound(segments_, calls, {}, &Segment::calls_before);
  const Segment& segment = *std::prev(after == segments_.begin() ? std::next(after) : after);
  const double more = calls - segment.calls_before;
  if (more <= 0.0) {
    return from_seconds(segment.begins_s);
  }
  // more = rate·t + slope·t²/2, solved for t in the form that does not cancel when slope is small.
  const double root =
      std::sqrt(std::max(0.0, segment.rate * segment.rate + 2.0 * segment.slope * more));
  return from_seconds(segment.begins_s + 2.0 * more / (segment.rate + root));
}

const RateProfile::Segment& RateProfile::segment_at(double seconds) const noexcept {
  const auto after = std::ranges::upper_bound(segments_, seconds, {}, &Segment::begins_s);
  return after == segments_.begin() ? segments_.front() : *std::prev(after);
}

Rate RateProfile::rate_at(Duration at) const noexcept {
  const double seconds = to_seconds(at);
  const Segment& segment = segment_at(seconds);
  return Rate::per_second(segment.rate + segment.slope * (seconds - segment.begins_s));
}

double RateProfile::calls_until(Duration at) const noexcept {
  const double seconds = to_seconds(at);
  const Segment& segment = segment_at(seconds);
  const double inside = seconds - segment.begins_s;
  return segment.calls_before + inside * (segment.rate + segment.slope * inside / 2.0);
}

}  // namespace queuemeter
