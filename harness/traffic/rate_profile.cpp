// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/rate_profile.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace queuemeter {
namespace {

/// Stands for "never" where a number is needed that still adds up.
constexpr double hundred_years_s = 100.0 * 365.0 * 86'400.0;

}  // namespace

double RateProfile::Segment::rate_after(double seconds) const noexcept {
  return rate + slope * seconds + swing * std::sin(angular * seconds);
}

double RateProfile::Segment::calls_after(double seconds) const noexcept {
  const double steady = seconds * (rate + slope * seconds / 2.0);
  if (angular == 0.0) {
    return steady;
  }
  // ∫ swing·sin(ωt) = swing ÷ ω · (1 − cos ωt), with 1 − cos in the form that does not cancel.
  const double sine = std::sin(angular * seconds / 2.0);
  return steady + 2.0 * swing / angular * sine * sine;
}

double RateProfile::Segment::time_of(double calls, double length) const noexcept {
  if (angular == 0.0) {
    // calls = rate·t + slope·t²/2, solved for t in the form that does not cancel when slope is
    // small.
    const double root = std::sqrt(std::max(0.0, rate * rate + 2.0 * slope * calls));
    return std::min(length, 2.0 * calls / (rate + root));
  }
  if (calls >= calls_after(length)) {
    return length;
  }
  // The mean rate gives the period; inside it Newton's steps, kept between bounds that close in,
  // because the rate may be next to 0.
  const double period = 2.0 * std::numbers::pi / angular;
  double least = std::floor(calls / (rate * period)) * period;
  double most = std::min(length, least + period);
  double time = std::clamp(calls / rate, least, most);
  for (int step = 0; step < 64 && most - least > 1e-10; ++step) {
    const double excess = calls_after(time) - calls;
    (excess > 0.0 ? most : least) = time;
    const double newton = time - excess / rate_after(time);
    const double next = newton > least && newton < most ? newton : (least + most) / 2.0;
    if (std::abs(next - time) < 1e-11) {
      return next;
    }
    time = next;
  }
  return time;
}

RateProfile::RateProfile(Rate afterwards, const std::vector<Piece>& pieces) {
  double begins_s = 0.0;
  double calls = 0.0;
  for (const Piece& piece : pieces) {
    calls += piece.burst;
    Segment segment{.begins_s = begins_s, .calls_before = calls};
    const double length = to_seconds(piece.length);
    const double from = piece.from.calls_per_second();
    const double to = piece.to.calls_per_second();
    if (piece.period > Duration{0}) {
      segment.rate = (from + to) / 2.0;
      segment.swing = (to - from) / 2.0;
      segment.angular = 2.0 * std::numbers::pi / to_seconds(piece.period);
    } else {
      segment.rate = from;
      segment.slope = length > 0.0 ? (to - from) / length : 0.0;
    }
    segments_.push_back(segment);
    begins_s += length;
    calls += segment.calls_after(length);
  }
  segments_.push_back(
      {.begins_s = begins_s, .calls_before = calls, .rate = afterwards.calls_per_second()});
}

Duration RateProfile::when_due(double calls) const noexcept {
  // The last segment that begins with at most so many calls. Stretches with rate 0 share their
  // count with the next one, which is then the right one.
  const auto after = std::ranges::upper_bound(segments_, calls, {}, &Segment::calls_before);
  if (after == segments_.begin()) {
    return Duration{0};  // inside a burst at the very beginning
  }
  const Segment& segment = *std::prev(after);
  // What a segment does not reach belongs to the burst at its end.
  const double length =
      (after == segments_.end() ? hundred_years_s : after->begins_s) - segment.begins_s;
  const double more = calls - segment.calls_before;
  const double inside = more <= 0.0 ? 0.0 : segment.time_of(more, length);
  return from_seconds(segment.begins_s + inside);
}

const RateProfile::Segment& RateProfile::segment_at(double seconds) const noexcept {
  const auto after = std::ranges::upper_bound(segments_, seconds, {}, &Segment::begins_s);
  return after == segments_.begin() ? segments_.front() : *std::prev(after);
}

Rate RateProfile::rate_at(Duration at) const noexcept {
  const double seconds = to_seconds(at);
  const Segment& segment = segment_at(seconds);
  return Rate::per_second(segment.rate_after(seconds - segment.begins_s));
}

double RateProfile::calls_until(Duration at) const noexcept {
  const double seconds = to_seconds(at);
  const Segment& segment = segment_at(seconds);
  return segment.calls_before + segment.calls_after(seconds - segment.begins_s);
}

}  // namespace queuemeter
