// SPDX-License-Identifier: Apache-2.0
#include "harness/run/offering_half.hpp"

#include "harness/path/direct_entry.hpp"
#include "harness/path/queued_entry.hpp"
#include "harness/run/assembly.hpp"
#include "harness/run/draining_half.hpp"
#include "harness/run/preload.hpp"
#include "harness/traffic/caller_loop.hpp"
#include "harness/traffic/offerer.hpp"
#include "harness/traffic/session_loop.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {
namespace {

std::unique_ptr<FrontEntry> make_front_entry(const OfferingParts& parts, CallPool& pool,
                                             Settlements& settlements, std::uint32_t number) {
  const TrafficSettings& traffic = parts.scenario.traffic;
  const FrontEntry::Rules rules{
      .completed_by = parts.scenario.path.site.completion,
      .words = parts.scenario.path.site.url.empty() ? SiteWords::of_ours : SiteWords::of_http,
      .reply_timeout = traffic.reply_timeout,
      .poll_interval = parts.scenario.path.site.poll_interval};
  return std::make_unique<FrontEntry>(
      parts.clock,
      make_call_maker(parts.scenario, parts.records.run_id(), static_cast<std::uint16_t>(number)),
      pool, parts.site->ways(number, *parts.backend), settlements, parts.window, rules);
}

std::unique_ptr<CallEntry> make_entry(const OfferingParts& parts, CallPool& pool,
                                      Settlements& settlements, std::uint32_t number) {
  const TrafficSettings& traffic = parts.scenario.traffic;
  CallMaker maker =
      make_call_maker(parts.scenario, parts.records.run_id(), static_cast<std::uint16_t>(number));
  if (parts.queue == nullptr) {
    return std::make_unique<DirectEntry>(parts.clock, std::move(maker), pool, *parts.backend,
                                         traffic.reply_timeout, settlements);
  }
  const QueuedEntry::Rules rules{
      .reply_timeout = traffic.reply_timeout,
      .held_limit = callers_of(parts.scenario),
      .holds_when_full = parts.scenario.queue.when_full == WhenFull::block,
      .done_when_accepted = parts.scenario.path.kind == PathKind::offer};
  return std::make_unique<QueuedEntry>(parts.clock, std::move(maker), pool, *parts.queue,
                                       settlements, rules);
}

/// Of the calls that a run is to make, those of one offerer.
std::uint64_t call_limit(const Scenario& scenario, std::uint32_t number) {
  if (!scenario.run.calls.has_value()) {
    return TrafficSource::no_limit;
  }
  const std::uint64_t offerers = scenario.traffic.offerers;
  return *scenario.run.calls / offerers + (number < *scenario.run.calls % offerers ? 1 : 0);
}

std::unique_ptr<TrafficSource> make_source(const OfferingParts& parts, CallEntry& entry,
                                           std::uint32_t number) {
  if (parts.scenario.path.kind == PathKind::take) {
    return std::make_unique<PreloadedCalls>(parts.records.records().size(), parts.window, entry,
                                            parts.ledger.add_planner());
  }
  const TrafficSettings& traffic = parts.scenario.traffic;
  const Share share{number, static_cast<std::uint32_t>(traffic.offerers)};
  const CallerHabits habits{.think = traffic.think, .seed = parts.scenario.run.seed};
  Ledger::Planner& ledger = parts.ledger.add_planner();
  switch (traffic.model) {
    case TrafficModel::closed:
      return std::make_unique<CallerLoop>(
          CallerLoop::Callers{.count = traffic.callers, .ramp = traffic.ramp, .habits = habits},
          parts.classes, share, parts.window, entry, ledger, call_limit(parts.scenario, number));
    case TrafficModel::half_open:
      return std::make_unique<SessionLoop>(
          parts.arrivals,
          SessionLoop::Sessions{.calls = static_cast<std::uint32_t>(traffic.session),
                                .limit = callers_of(parts.scenario),
                                .habits = habits},
          parts.classes, share, parts.window, entry, ledger, call_limit(parts.scenario, number));
    case TrafficModel::open:
    case TrafficModel::saturate:
      break;
  }
  // How many calls an open loop makes is known beforehand, and the window ends with them.
  return std::make_unique<Offerer>(parts.arrivals, parts.classes, share, parts.window, entry,
                                   ledger);
}

std::unique_ptr<SaturatingSource> make_saturation(const OfferingParts& parts, CallPool& pool,
                                                  Settlements& settlements, std::uint32_t number) {
  return std::make_unique<SaturatingSource>(SaturatingSource::Parts{
      .clock = parts.clock,
      .window = parts.window,
      .maker = make_call_maker(parts.scenario, parts.records.run_id(),
                               static_cast<std::uint16_t>(number)),
      .pool = pool,
      .queue = *parts.queue,
      .settlements = settlements,
      .ledger = parts.ledger.add_planner(),
      .sequences = parts.sequences,
      .wait = parts.scenario.queue.wait,
      .is_drained = consumers_settle(parts.scenario, parts.queue->traits())});
}

}  // namespace

void OffererParts::stop_at(Instant at) noexcept {
  if (saturation != nullptr) {
    saturation->stop_at(at);
  } else {
    source->stop_at(at);
  }
}

bool OffererParts::finished() const noexcept {
  return saturation != nullptr ? saturation->finished() : source->finished();
}

std::uint64_t OffererParts::offered_in_window() const noexcept {
  return saturation != nullptr ? saturation->offered_in_window() : source->offered_in_window();
}

const GapEvidence* OffererParts::gaps() const noexcept {
  return saturation != nullptr ? nullptr : source->gaps();
}

const CallerCycles* OffererParts::cycles() const noexcept {
  return saturation != nullptr ? nullptr : source->cycles();
}

std::vector<std::uint32_t> OffererParts::calls_by_caller() const {
  return saturation != nullptr ? std::vector<std::uint32_t>{} : source->calls_by_caller();
}

Settlement::Detail detail_of(const Scenario& scenario) noexcept {
  if (scenario.path.kind == PathKind::front) {
    return Settlement::Detail::behind_a_front;
  }
  return scenario.queue.stamps == Stamps::shared ? Settlement::Detail::completion_and_queueing
                                                 : Settlement::Detail::every_span;
}

bool callers_wait(const Scenario& scenario) noexcept {
  return scenario.traffic.model == TrafficModel::closed ||
         scenario.traffic.model == TrafficModel::half_open;
}

Settlement::AnswerIs answer_of(const Scenario& scenario) noexcept {
  const bool accepted_is_enough =
      scenario.path.kind == PathKind::offer ||
      (scenario.path.kind == PathKind::front &&
       scenario.path.site.completion != CompletedBy::response) ||
      (scenario.path.kind == PathKind::queued && !callers_wait(scenario));
  return accepted_is_enough ? Settlement::AnswerIs::acceptance : Settlement::AnswerIs::result;
}

OffererParts make_offerer(const OfferingParts& parts, std::unique_ptr<Settlements> settlements,
                          std::uint32_t number) {
  OffererParts offerer;
  const std::size_t capacity = parts.records.records().size() / parts.scenario.traffic.offerers;
  offerer.pool = std::make_unique<CallPool>(
      parts.records.records().subspan(number * capacity, capacity), parts.return_lanes);
  // A queue outside this process may confirm an offer late, or never, while its reply comes.
  offerer.pool->set_contested(
      callers_wait(parts.scenario) ||
      (parts.queue != nullptr && parts.queue->traits().scope != QueueScope::threads));
  if (parts.scenario.path.kind == PathKind::take) {
    while (offerer.pool->acquire() != nullptr) {
    }  // all of them are in the queue
  }
  offerer.settlements = std::move(settlements);
  if (parts.scenario.traffic.model == TrafficModel::saturate) {
    offerer.saturation = make_saturation(parts, *offerer.pool, *offerer.settlements, number);
    return offerer;
  }
  if (parts.site != nullptr) {
    auto front = make_front_entry(parts, *offerer.pool, *offerer.settlements, number);
    offerer.front = front.get();
    offerer.entry = std::move(front);
  } else {
    offerer.entry = make_entry(parts, *offerer.pool, *offerer.settlements, number);
  }
  offerer.source = make_source(parts, *offerer.entry, number);
  return offerer;
}

}  // namespace queuemeter
