// SPDX-License-Identifier: Apache-2.0
#include "harness/record/machine.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(Machine, TellsWhatAReaderNeedsToJudgeANumber) {
  const Machine machine = this_machine();

  EXPECT_NE(machine.host, "");
  EXPECT_NE(machine.kernel, "");
  EXPECT_NE(machine.architecture, "");
  EXPECT_GE(machine.cpus, 1u);
  EXPECT_GT(machine.memory_bytes, 0u);
  EXPECT_GT(machine.clock_read_cost, Duration{0});
  EXPECT_LT(machine.clock_read_cost, std::chrono::milliseconds{1});
  EXPECT_GT(machine.clock_granularity, Duration{0});
}

TEST(BuildIdentity, KnowsVersionCommitPresetAndCompiler) {
  const BuildIdentity build = this_build();

  EXPECT_NE(build.version.find('.'), std::string::npos);
  EXPECT_NE(build.commit, "");
  EXPECT_NE(build.preset, "");
  EXPECT_NE(build.compiler.find(' '), std::string::npos);
}

TEST(BuildIdentity, OnlyTheMeasurePresetIsForMeasuring) {
  EXPECT_TRUE(is_measuring_build({"0.1.0", "abc1234", "measure", "GNU 12.2.0"}));
  EXPECT_FALSE(is_measuring_build({"0.1.0", "abc1234", "dev", "GNU 12.2.0"}));
  EXPECT_FALSE(is_measuring_build({}));
}

}  // namespace
}  // namespace queuemeter
