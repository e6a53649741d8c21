// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/run/run.hpp"
#include "queue_impls/catalogue.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace queuemeter {

/// A folder in the system's temporary one that goes away with the object.
class RunsFolder {
 public:
  RunsFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "queuemeter-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  RunsFolder(const RunsFolder&) = delete;
  RunsFolder& operator=(const RunsFolder&) = delete;
  ~RunsFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string of(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline RunEnvironment plain_environment() {
  return {.open_queue = queues::open_queue, .program = QUEUEMETER_BINARY};
}

/// Half a second at 1,000 calls/s against a backend in memory.
inline Scenario short_scenario(PathKind path) {
  using std::chrono::milliseconds;
  Scenario scenario;
  scenario.run.warm_up = milliseconds{100};
  scenario.run.measure = milliseconds{500};
  scenario.run.drain = milliseconds{2000};
  scenario.run.tick = milliseconds{20};
  scenario.path.kind = path;
  scenario.traffic.rate = Rate::per_second(1000);
  scenario.backend.service_time = Distribution::constant(milliseconds{1});
  scenario.workers.count = 4;
  return scenario;
}

}  // namespace queuemeter
