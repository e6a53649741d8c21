// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/distribution.hpp"
#include "harness/call/draw.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <queue>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace queuemeter {

/// A path whose every call ends after a time that only depends on the call: a backend with room for
/// all. Remembers what it was offered. For virtual time.
class EchoEntry final : public CallEntry {
 public:
  explicit EchoEntry(Distribution service = Distribution::constant(Duration{0}))
      : service_{service} {}

  void offer(std::span<const PlannedCall> due, Instant now) override {
    for (const PlannedCall& call : due) {
      calls.push_back(call);
      ++outstanding;
      most_outstanding = std::max(most_outstanding, outstanding);
      ends_.emplace(now + service_.sample(draws_.uniform(call.draw_key)), call.seat);
    }
  }
  Instant step(Instant now) override {
    while (!ends_.empty() && ends_.top().first <= now) {
      const auto [at, seat] = ends_.top();
      ends_.pop();
      --outstanding;
      tell_settled(seat, at);
    }
    return ends_.empty() ? never : ends_.top().first;
  }
  void never_offered(const PlannedCall& call) override { unsent.push_back(call); }
  void refuse(const PlannedCall& call, Reason /*reason*/, Instant now) override {
    refused.push_back(call);
    tell_settled(call.seat, now, SettledSink::Ending::refused);
  }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return outstanding; }
  void abandon_rest(Instant /*now*/) override {}

  std::vector<PlannedCall> calls;
  std::vector<PlannedCall> unsent;
  std::vector<PlannedCall> refused;
  std::size_t outstanding = 0;
  std::size_t most_outstanding = 0;

 private:
  using End = std::pair<Instant, std::uint32_t>;
  Distribution service_;
  KeyedDraws draws_{3, DrawUse::service};
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
};

/// Steps the sources in virtual time, in this order at every instant, until nothing happens any
/// more.
inline void play(const std::vector<TrafficSource*>& sources, Instant from) {
  for (Instant now = from; now != never;) {
    Instant next = never;
    for (TrafficSource* const source : sources) {
      next = std::min(next, source->step(now));
    }
    now = next;
  }
}

}  // namespace queuemeter
