// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/machine.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace queuemeter {
namespace {

/// A root folder with the kernel's files as a test wants them.
class Machine : public testing::Test {
 public:
  ~Machine() override { std::filesystem::remove_all(root_); }

 protected:
  Machine()
      : root_{testing::TempDir() + "queuemeter_machine_" +
              testing::UnitTest::GetInstance()->current_test_info()->name()} {}

  void put(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path{root_ + path}.parent_path());
    std::ofstream{root_ + path} << text;
  }

  std::string root_;
};

TEST_F(Machine, FactsAreReadFromTheKernelsFiles) {
  put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Test CPU 3000\nprocessor\t: 1\n");
  put("/proc/meminfo", "MemTotal:        4030948 kB\nMemFree: 1 kB\n");
  put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");

  const HostFacts facts = read_host_facts(root_);

  EXPECT_EQ(facts.cpu_model, "Test CPU 3000");
  EXPECT_EQ(facts.memory_bytes, 4'030'948ULL * 1024);
  EXPECT_EQ(facts.governor, "performance");
  EXPECT_EQ(facts.clock_source, "tsc");
}

TEST_F(Machine, LoadIsReadFromTheKernelsFiles) {
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  put("/proc/stat", "cpu  100 20 30 4000 500 6 7 80 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
  put("/proc/loadavg", "1.25 0.90 0.50 2/345 6789\n");
  put("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull total=1\n");

  const HostLoad load = read_host_load(root_);

  EXPECT_DOUBLE_EQ(load.steal_seconds.value(), 80.0 / ticks_per_second);
  EXPECT_DOUBLE_EQ(load.busy_seconds.value(), 163.0 / ticks_per_second);
  EXPECT_EQ(load.load_1m, 1.25);
  EXPECT_EQ(load.cpu_pressure_seconds, 2.5);
}

TEST_F(Machine, MemoryIsWhatTheKernelHasOrWhatTheControlGroupLeaves) {
  EXPECT_FALSE(available_memory(root_));
  put("/proc/meminfo", "MemTotal: 4000 kB\nMemAvailable:  3000 kB\n");
  put("/sys/fs/cgroup/memory.max", "max\n");
  put("/sys/fs/cgroup/memory.current", "1000\n");
  EXPECT_EQ(available_memory(root_), 3000ULL * 1024);

  put("/sys/fs/cgroup/memory.max", "1500\n");
  EXPECT_EQ(available_memory(root_), 500ULL);
  put("/sys/fs/cgroup/memory.current", "2000\n");
  EXPECT_EQ(available_memory(root_), 0ULL);
}

TEST_F(Machine, WhatTheKernelDoesNotTellIsEmptyAndNotZero) {
  const HostFacts facts = read_host_facts(root_);
  const HostLoad load = read_host_load(root_);

  EXPECT_FALSE(facts.cpu_model);
  EXPECT_FALSE(facts.governor);
  EXPECT_FALSE(facts.clock_source);
  EXPECT_FALSE(facts.memory_bytes);
  EXPECT_FALSE(load.steal_seconds);
  EXPECT_FALSE(load.load_1m);
  EXPECT_FALSE(load.cpu_pressure_seconds);
}

TEST_F(Machine, GarbledFilesAreAsGoodAsMissing) {
  put("/proc/cpuinfo", "model name\t:\n");
  put("/proc/meminfo", "MemTotal: many kB\n");
  put("/proc/stat", "cpu  1 2 three\n");
  put("/proc/loadavg", "busy\n");
  put("/proc/pressure/cpu", "some total=\n");

  EXPECT_FALSE(read_host_facts(root_).cpu_model);
  EXPECT_FALSE(read_host_facts(root_).memory_bytes);
  EXPECT_FALSE(read_host_load(root_).steal_seconds);
  EXPECT_FALSE(read_host_load(root_).load_1m);
  EXPECT_FALSE(read_host_load(root_).cpu_pressure_seconds);
}

TEST_F(Machine, ThisOneHasANameAKernelAndACpu) {
  const HostFacts facts = read_host_facts();

  EXPECT_FALSE(facts.host.empty());
  EXPECT_EQ(facts.kernel.substr(0, 6), "Linux ");
  EXPECT_FALSE(facts.architecture.empty());
  EXPECT_GE(facts.cpus, 1U);
}

}  // namespace
}  // namespace queuemeter
