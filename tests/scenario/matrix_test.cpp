// SPDX-License-Identifier: Apache-2.0
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Matrix, MakesEveryCombinationOneScenario) {
  const ScenarioReading reading = read_scenario(R"(
[matrix]
"path.kind" = ["direct", "queued"]
"queue.bound" = [10, 100]
)",
                                                "test.toml");
  ASSERT_TRUE(reading.ok());
  EXPECT_THAT(reading.labels,
              ElementsAre("path.kind=direct queue.bound=10", "path.kind=direct queue.bound=100",
                          "path.kind=queued queue.bound=10", "path.kind=queued queue.bound=100"));
  ASSERT_EQ(reading.scenarios.size(), 4U);
  EXPECT_EQ(reading.scenarios[1].path.kind, PathKind::direct);
  EXPECT_EQ(reading.scenarios[1].queue.bound, 100U);
  EXPECT_EQ(reading.scenarios[2].path.kind, PathKind::queued);
  EXPECT_EQ(reading.scenarios[2].queue.bound, 10U);
}

TEST(Matrix, MayBeWrittenWithoutQuotes) {
  const ScenarioReading reading =
      read_scenario("matrix.backend.timeouts.whole = [\"1s\", \"2s\"]\n", "test.toml");
  ASSERT_TRUE(reading.ok());
  EXPECT_THAT(reading.labels,
              ElementsAre("backend.timeouts.whole=1s", "backend.timeouts.whole=2s"));
}

TEST(Matrix, WinsOverTheFileAndVariesListsToo) {
  const ScenarioReading reading = read_scenario(R"(
[workers]
count = 3
[matrix]
"workers.count" = [1, 2]
"traffic.stages" = [[{ rate = "5/s", for = "1s" }]]
)",
                                                "test.toml");
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading.scenarios[0].workers.count, 1U);
  EXPECT_EQ(reading.scenarios[1].workers.count, 2U);
  EXPECT_EQ(reading.scenarios[1].traffic.stages.size(), 1U);
}

TEST(Matrix, IsNotVariedWhereAnOverrideSetsTheKey) {
  const ScenarioReading reading =
      read_scenario("[matrix]\n\"workers.count\" = [1, 2]\n\"run.seed\" = [1, 2]\n", "test.toml",
                    {{"workers.count", "7"}});
  ASSERT_TRUE(reading.ok());
  EXPECT_THAT(reading.labels, ElementsAre("run.seed=1", "run.seed=2"));
  EXPECT_EQ(reading.scenarios[0].workers.count, 7U);
}

TEST(Matrix, OfSixtyFourIsTheLargest) {
  const std::string eight = "[1, 2, 3, 4, 5, 6, 7, 8]";
  const std::string matrix =
      "[matrix]\n\"run.seed\" = " + eight + "\n\"workers.count\" = " + eight + "\n";
  EXPECT_EQ(read_scenario(matrix, "test.toml").scenarios.size(), 64U);
  EXPECT_THAT(sentences(matrix + "\"queue.bound\" = [1, 2]\n"),
              Contains(HasSubstr("more than 64 combinations")));
}

TEST(Matrix, ReportsAWrongValueOnceWithItsLine) {
  EXPECT_THAT(
      sentences("[matrix]\n\"workers.count\" = [1, 0]\n\"run.seed\" = [1, 2, 3]\n"),
      ElementsAre("test.toml:2: workers.count: 0 is out of range; it must be 1 to 1000000"));
}

TEST(Matrix, ChecksEveryCombination) {
  EXPECT_THAT(sentences("[path]\nreply = \"none\"\n[matrix]\n\"path.kind\" = [\"queued\", "
                        "\"direct\"]\n"),
              ElementsAre(HasSubstr("test.toml:2: path.reply: the direct path is its reply")));
}

TEST(Matrix, NamesTheNearestKeyOfAnUnknownOneAndWhatElseIsWrong) {
  EXPECT_THAT(sentences("[run]\nmesure = 1\nseed = -1\n[matrix]\n\"path.knd\" = [1]\n"),
              ElementsAre(HasSubstr("2: run.mesure: unknown key; did you mean run.measure?"),
                          HasSubstr("3: run.seed: \"-1\""),
                          HasSubstr("5: matrix.path.knd: unknown key; did you mean path.kind?")));
}

TEST(Matrix, RefusesWhatItCannotVary) {
  EXPECT_THAT(sentences("matrix = 5\n"), Contains(HasSubstr("matrix: must be a table")));
  EXPECT_THAT(sentences("[matrix]\n\"run.seed\" = 5\n"), Contains(HasSubstr("must be a list")));
  EXPECT_THAT(sentences("[matrix]\n\"run.seed\" = []\n"), Contains(HasSubstr("must be a list")));
  EXPECT_THAT(sentences("[matrix]\n\"fault.at\" = [\"1s\"]\n"),
              Contains(HasSubstr("cannot vary this")));
  EXPECT_THAT(sentences("[matrix]\n\"run.seed\" = [1]\nrun.seed = [2]\n"),
              Contains(HasSubstr("twice")));
  EXPECT_THAT(sentences("run = 5\n[matrix]\n\"run.seed\" = [1]\n"),
              Contains(HasSubstr("run: must be a table")));
  EXPECT_THAT(sentences("[matrix]\n\"traffic.class.weight\" = [1]\n"),
              Contains(HasSubstr("cannot vary this")));
  EXPECT_THAT(sentences("[matrix]\n\"traffic.headers\" = [1, 2]\n"),
              Contains(HasSubstr("cannot vary this")));
}

TEST(Matrix, LabelsAQueueWithoutItsPassword) {
  const ScenarioReading reading = read_scenario(
      "[matrix]\n\"queue.use\" = [\"mutex_deque\", \"redis://u:secret@host/0\"]\n", "test.toml");
  EXPECT_THAT(reading.labels,
              ElementsAre("queue.use=mutex_deque", "queue.use=redis://u:***@host/0"));
  EXPECT_EQ(reading.scenarios[1].queue.use, "redis://u:secret@host/0");
}

}  // namespace
}  // namespace queuemeter
