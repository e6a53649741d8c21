// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/host_probe.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace queuemeter {
namespace {

using std::chrono::seconds;

/// A /proc of the test's own.
class HostProbeFiles : public testing::Test {
 public:
  ~HostProbeFiles() override { std::filesystem::remove_all(root_); }

 protected:
  HostProbeFiles() : root_{testing::TempDir() + "queuemeter_probe_" + std::to_string(::getpid())} {
    std::filesystem::create_directories(root_ + "/proc/pressure");
  }
  void write(const std::string& path, const std::string& text) const {
    std::ofstream{root_ + path, std::ios::trunc} << text;
  }
  [[nodiscard]] HostPressure read() const { return HostProbe{root_}.read(); }

  std::string root_;
};

TEST_F(HostProbeFiles, ReadsPressureAndSteal) {
  write("/proc/pressure/cpu",
        "some avg10=12.50 avg60=3.00 avg300=1.00 total=2500000\n"
        "full avg10=99.00 avg60=0.00 avg300=0.00 total=9\n");
  write("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
  write("/proc/pressure/io", "some avg10=1.00 avg60=0.00 avg300=0.00 total=1000000\n");
  write("/proc/stat", "cpu  100 20 30 400 50 1 2 300 40 40\ncpu0 1 1 1 1 1 1 1 1 1 1\n");

  const HostPressure pressure = read();

  ASSERT_TRUE(pressure.cpu && pressure.memory && pressure.io);
  EXPECT_DOUBLE_EQ(pressure.cpu->some_avg10, 0.125);
  EXPECT_DOUBLE_EQ(pressure.cpu->some_seconds, 2.5);
  EXPECT_DOUBLE_EQ(pressure.memory->some_seconds, 7e-6);
  EXPECT_DOUBLE_EQ(pressure.io->some_seconds, 1.0);
  const auto tick = static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_DOUBLE_EQ(pressure.steal_seconds.value(), 300 / tick);
  EXPECT_DOUBLE_EQ(pressure.cpu_seconds.value(), 903 / tick) << "guest time is part of user time";
}

TEST_F(HostProbeFiles, WhatIsAbsentOrNotUnderstoodIsEmpty) {
  write("/proc/pressure/cpu", "some avg10=nonsense\n");
  write("/proc/pressure/memory", "full avg10=1.00 avg60=0.00 avg300=0.00 total=7\n");
  write("/proc/stat", "cpu  100 20 30\n");

  const HostPressure pressure = read();

  EXPECT_FALSE(pressure.cpu);
  EXPECT_FALSE(pressure.memory);
  EXPECT_FALSE(pressure.io);
  EXPECT_FALSE(pressure.steal_seconds);
  EXPECT_FALSE(pressure.cpu_seconds);
}

TEST_F(HostProbeFiles, StealOfAKernelWithoutPressureIsStillRead) {
  write("/proc/stat", "cpu  1 2 3 4 5 6 7 8\n");

  EXPECT_TRUE(read().steal_seconds);
  EXPECT_FALSE(read().cpu);
}

TEST(HostStrain, IsTheShareOfTheTimeBetweenTwoReadings) {
  const HostPressure before{.cpu = Stall{10.0, 0.9},
                            .memory = Stall{1.0, 0.0},
                            .io = {},
                            .steal_seconds = 5.0,
                            .cpu_seconds = 100.0};
  const HostPressure after{.cpu = Stall{12.0, 0.1},
                           .memory = Stall{1.0, 0.0},
                           .io = Stall{1.0, 0.0},
                           .steal_seconds = 7.0,
                           .cpu_seconds = 140.0};

  const HostStrain strain = strain_between(before, after, seconds{20});

  EXPECT_DOUBLE_EQ(strain.cpu_stalled.value(), 0.1);
  EXPECT_DOUBLE_EQ(strain.memory_stalled.value(), 0.0);
  EXPECT_FALSE(strain.io_stalled) << "only one of the readings has it";
  EXPECT_DOUBLE_EQ(strain.steal.value(), 0.05);
}

TEST(HostStrain, IsAFractionWhateverTheCountersDo) {
  const HostPressure before{.cpu = Stall{10.0, 0.0},
                            .memory = Stall{50.0, 0.0},
                            .io = {},
                            .steal_seconds = 5.0,
                            .cpu_seconds = 100.0};
  const HostPressure after{.cpu = Stall{21.5, 0.0},
                           .memory = Stall{0.0, 0.0},
                           .io = {},
                           .steal_seconds = 4.0,
                           .cpu_seconds = 100.0};

  const HostStrain strain = strain_between(before, after, seconds{10});

  EXPECT_DOUBLE_EQ(strain.cpu_stalled.value(), 1.0);
  EXPECT_DOUBLE_EQ(strain.memory_stalled.value(), 0.0);
  EXPECT_FALSE(strain.steal) << "no CPU time has passed";
  EXPECT_FALSE(strain_between(before, after, Duration{0}).cpu_stalled);
}

TEST(HostProbe, ThisHostsCountersGoForward) {
  const HostProbe probe;
  const HostPressure before = probe.read();
  const HostPressure after = probe.read();

  if (!before.cpu_seconds) {
    GTEST_SKIP() << "this host has no /proc/stat";
  }
  EXPECT_GT(*before.cpu_seconds, 0.0);
  EXPECT_GE(*after.cpu_seconds, *before.cpu_seconds);
  EXPECT_GE(after.steal_seconds.value(), before.steal_seconds.value());
}

}  // namespace
}  // namespace queuemeter
