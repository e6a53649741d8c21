// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <sys/types.h>
#include <thread>
#include <utility>
#include <vector>

namespace queuemeter {

inline std::vector<pid_t> children_of_this_process() {
  std::vector<pid_t> children;
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::ifstream file{task.path() / "children"};
    for (pid_t child = 0; file >> child;) {
      children.push_back(child);
    }
  }
  return children;
}

/// Kills worker processes one after the other, at no particular moment of the measured window, and
/// interrupts the run when so many have died.
class Killer final : public ProgressSink {
 public:
  Killer(std::size_t deaths, pid_t spared)
      : deaths_{deaths}, thread_{[this, spared](const std::stop_token& stop) {
          kill_one_after_the_other(stop, spared);
        }} {}

  void ticked(const Tick& tick, const Scenario& /*scenario*/) override {
    measuring_ = measuring_ || tick.stage == "measure";
  }
  [[nodiscard]] const std::atomic<bool>* done() const noexcept { return &done_; }
  /// After the run.
  [[nodiscard]] std::size_t killed() const noexcept { return killed_.size(); }

 private:
  static constexpr double mean_pause_us = 9'000.0;

  void kill_one_after_the_other(const std::stop_token& stop, pid_t spared) {
    const KeyedDraws draws{1, DrawUse::crash};
    for (std::uint64_t round = 0; !stop.stop_requested() && killed_.size() < deaths_; ++round) {
      const UniformPair draw = draws.uniform(round);
      std::this_thread::sleep_for(
          std::chrono::microseconds{static_cast<int>(2.0 * mean_pause_us * draw.second)});
      if (measuring_) {
        kill_one_of(children_of_this_process(), draw.first, spared);
      }
    }
    std::this_thread::sleep_for(
        std::chrono::milliseconds{200});  // the last of them is missed and replaced
    done_ = true;
  }

  void kill_one_of(std::vector<pid_t> children, double draw, pid_t spared) {
    std::erase_if(children,
                  [&](pid_t child) { return child == spared || killed_.contains(child); });
    if (children.empty()) {
      return;
    }
    const pid_t victim =
        children[static_cast<std::size_t>(draw * static_cast<double>(children.size()))];
    ::kill(victim, SIGKILL);
    killed_.insert(victim);
  }

  std::size_t deaths_;
  std::atomic<bool> measuring_{false};
  std::atomic<bool> done_{false};
  std::set<pid_t> killed_;
  std::jthread thread_;
};

/// 2,000 calls/s of a millisecond each for eight processes: most deaths come in the middle of one.
inline Scenario processes_on(std::string queue) {
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.run.measure = std::chrono::minutes{2};  // until the killer is done
  scenario.traffic.rate = Rate::per_second(2000);
  scenario.traffic.payload = SizeDistribution::constant(100);
  scenario.workers.kind = WorkerSettings::Kind::process;
  scenario.workers.count = 8;
  scenario.queue.use = std::move(queue);
  return scenario;
}

/// The run with its workers killed; every claim that holds whatever the queue promises is checked.
inline RunDocument run_with_kills(const Scenario& scenario, std::size_t deaths, pid_t spared = 0) {
  const RunsFolder folder;
  Killer killer{deaths, spared};
  RunEnvironment environment = plain_environment();
  environment.progress = &killer;
  environment.interrupted = killer.done();

  const RunDocument run = run_scenario(scenario, "", folder.of("1"), environment).value();

  EXPECT_GE(killer.killed(), deaths);
  EXPECT_EQ(run.worker_troubles.value().crashed, killer.killed()) << "each death is counted";
  EXPECT_TRUE(run.balanced) << "on every tick";
  EXPECT_EQ(run.ledger.in_flight(), 0);
  EXPECT_GT(run.ledger.of(Outcome::completed), static_cast<std::int64_t>(deaths));
  EXPECT_FALSE(run.guarantee_broken);
  EXPECT_EQ(run.ledger.reordered, 0);
  std::cout << killer.killed() << " deaths in " << run.measure_seconds
            << " s: " << run.ledger.of(Outcome::completed) << " completed, "
            << run.ledger.of(Outcome::rejected) << " rejected, " << run.ledger.of(Outcome::lost)
            << " lost, " << run.ledger.of(Outcome::unfinished) << " unfinished, "
            << run.ledger.redelivered << " redelivered, " << run.ledger.duplicated
            << " duplicated\n";
  return run;
}

}  // namespace queuemeter
