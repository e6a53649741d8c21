// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/settlements.hpp"

#include <memory>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace queuemeter {

/// What one thread of a benchmark settles with: one class of calls.
[[nodiscard]] inline std::unique_ptr<Settlements> make_settlements(
    const RunWindow& window, Ledger& ledger, Recorders& recorders, std::string name,
    Settlement::AnswerIs answer = Settlement::AnswerIs::acceptance,
    Settlement::Detail detail = Settlement::Detail::every_span) {
  std::vector<std::unique_ptr<Settlement>> by_class;
  by_class.push_back(std::make_unique<Settlement>(window, answer, ledger.add_settler(),
                                                  recorders.add(std::move(name)), detail));
  return std::make_unique<Settlements>(std::move(by_class));
}

/// Keeps the calling thread on one CPU, where there is more than one.
inline void pin_to(unsigned cpu) {
  if (std::thread::hardware_concurrency() < 2) {
    return;
  }
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
}

}  // namespace queuemeter
