// SPDX-License-Identifier: Apache-2.0
#include "harness/run/engine.hpp"

#include "harness/path/event_loop.hpp"

#include <chrono>
#include <sys/prctl.h>

namespace queuemeter {
namespace {

/// How long a thread sleeps without looking whether the run is over.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};

/// The kernel may wake a sleeper this late to save power; 50 µs by default.
void wake_punctually() { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

}  // namespace

Engine::Engine(RunParts& parts, const Clock& clock)
    : parts_{parts},
      clock_{clock},
      workers_{{clock, parts.queue(), parts.backend(), roles_}, parts.workers()} {}

Engine::~Engine() { stop(); }

void Engine::start() {
  if (parts_.settler() != nullptr) {
    settling_thread_ = std::jthread{[this] { settle(); }};
  }
  workers_.start();
  for (OffererParts& offerer : parts_.offerers()) {
    offering_threads_.emplace_back([this, &offerer] { offer(offerer); });
  }
}

void Engine::offer(OffererParts& offerer) {
  const auto enrolment = roles_.enroll("offerer");
  wake_punctually();
  EventLoop loop{clock_};
  if (offerer.direct != nullptr) {
    offerer.direct->connect(parts_.backend(), &loop.sockets());
  }
  loop.add(*offerer.offerer);
  while (offering_.load(std::memory_order_acquire)) {
    loop.turn(clock_.now() + longest_sleep);
  }
  offerer.offerer->give_up();
  offerer.entry->abandon_rest(clock_.now());
  if (offerer.direct != nullptr) {
    offerer.direct->disconnect();
  }
}

void Engine::settle() {
  const auto enrolment = roles_.enroll("settler");
  while (settling_.load(std::memory_order_acquire)) {
    parts_.settler()->step(clock_.now());
    parts_.inbox()->wait(clock_.now() + longest_sleep);
  }
}

void Engine::stop_traffic(Instant at) {
  for (const OffererParts& offerer : parts_.offerers()) {
    offerer.offerer->stop_at(at);
  }
}

void Engine::stop() {
  offering_.store(false, std::memory_order_release);
  offering_threads_.clear();  // joins
  workers_.stop();
  // Last, so that everything the workers hand back is settled; what comes after its last look is
  // settled by the sweep.
  settling_.store(false, std::memory_order_release);
  if (settling_thread_.joinable()) {
    parts_.inbox()->interrupt();
    settling_thread_.join();
  }
}

}  // namespace queuemeter
