// SPDX-License-Identifier: Apache-2.0
#include "harness/run/engine.hpp"

#include "harness/path/event_loop.hpp"

#include <chrono>
#include <sys/prctl.h>

namespace queuemeter {
namespace {

/// How long a thread sleeps without looking whether the run is over.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};
/// The same while it asks what became of its calls.
constexpr Duration sweep_pace = std::chrono::milliseconds{5};

/// The kernel may wake a sleeper this late to save power; 50 µs by default.
void wake_punctually() { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

Punctuality punctuality_of(const Pacing& pacing) {
  switch (pacing.kind) {
    case Pacing::Kind::timer:
      return {};
    case Pacing::Kind::spin:
      return {.spin = pacing.span};
    case Pacing::Kind::coalesce:
      return {.grid = pacing.span};
  }
  return {};
}

}  // namespace

Engine::Engine(RunParts& parts, const Clock& clock, const Scenario& scenario)
    : parts_{parts}, clock_{clock} {
  for (OffererParts& offerer : parts_.offerers()) {
    loops_.push_back(std::make_unique<EventLoop>(clock_, punctuality_of(scenario.run.pacing)));
    if (callers_wait(scenario)) {
      offerer.pool->set_waker(loops_.back().get());
    }
  }
}

Engine::~Engine() { stop(); }

Result<void> Engine::start() {
  if (WorkerHalf* const workers = parts_.workers(); workers != nullptr) {
    settling_thread_ = std::jthread{[this, workers] { settle(workers->settler()); }};
    if (Result<void> started = workers->crew().start(roles_); !started) {
      return started;
    }
  }
  if (DrainingHalf* const drain = parts_.drain(); drain != nullptr) {
    drain->start(roles_);
  }
  for (std::size_t number = 0; number < loops_.size(); ++number) {
    offering_threads_.emplace_back(
        [this, number] { offer(parts_.offerers()[number], *loops_[number]); });
  }
  return {};
}

void Engine::offer(OffererParts& offerer, EventLoop& loop) {
  const auto enrolment = roles_.enroll("offerer");
  wake_punctually();
  if (offerer.saturation != nullptr) {
    saturate(*offerer.saturation);
    return;
  }
  offerer.entry->connect(&loop.sockets());
  loop.add(*offerer.source);
  while (offering_.load(std::memory_order_acquire)) {
    loop.turn(clock_.now() + longest_sleep);
  }
  offerer.source->give_up();
  offerer.entry->begin_sweep(clock_.now());
  while (offerer.entry->is_sweeping(clock_.now())) {
    loop.turn(clock_.now() + sweep_pace);
  }
  offerer.entry->abandon_rest(clock_.now());
  offerer.entry->disconnect();
}

void Engine::saturate(SaturatingSource& source) {
  std::this_thread::sleep_until(
      std::chrono::steady_clock::time_point{parts_.window().start.time_since_epoch()});
  source.connect();
  source.run(offering_);
  source.give_up(clock_.now());
  source.disconnect();
}

void Engine::settle(Settler& settler) {
  const auto enrolment = roles_.enroll("settler");
  settler.connect();
  while (settling_.load(std::memory_order_acquire)) {
    settler.step(clock_.now());
    settler.wait(clock_.now() + longest_sleep);
  }
  settler.disconnect();
}

void Engine::stop_traffic(Instant at) {
  for (OffererParts& offerer : parts_.offerers()) {
    offerer.stop_at(at);
  }
}

void Engine::stop() {
  offering_.store(false, std::memory_order_release);
  offering_threads_.clear();  // joins
  if (parts_.site() != nullptr) {
    parts_.site()->close();  // before the loops by which it listens
  }
  if (parts_.workers() != nullptr) {
    parts_.workers()->crew().stop();
  }
  if (parts_.drain() != nullptr) {
    parts_.drain()->stop();
  }
  // Last, so that everything the workers hand back is settled; what comes after its last look is
  // settled by the sweep.
  settling_.store(false, std::memory_order_release);
  if (settling_thread_.joinable()) {
    parts_.workers()->settler().interrupt();
    settling_thread_.join();
  }
}

}  // namespace queuemeter
