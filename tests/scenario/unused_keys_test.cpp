// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/unused_keys.hpp"

#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>

namespace queuemeter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Unused {
  std::string toml;
  std::string key;
  std::string decided_by;  // `traffic.model = "open"`
  std::string instead;
};
void PrintTo(const Unused& unused, std::ostream* out) {
  *out << unused.key << " with " << unused.decided_by;
}

class UnusedKey : public testing::TestWithParam<Unused> {};

TEST_P(UnusedKey, IsRefusedWithTheSettingThatUsesIt) {
  EXPECT_THAT(sentences(GetParam().toml),
              ElementsAre("test.toml:1: " + GetParam().key + ": " + GetParam().decided_by +
                          " does not use it; remove it, or set " + GetParam().instead));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, UnusedKey,
    testing::Values(
        Unused{"traffic.callers = 5", "traffic.callers", R"(traffic.model = "open")",
               R"(traffic.model = "closed")"},
        Unused{"traffic.callers = 5\ntraffic.rate = \"5/s\"", "traffic.callers",
               R"(traffic.model = "open")", R"(traffic.model = "closed")"},
        Unused{"traffic.callers = 5\ntraffic.model = \"half_open\"", "traffic.callers",
               R"(traffic.model = "half_open")", R"(traffic.model = "closed")"},
        Unused{"traffic.rate = \"5/s\"\ntraffic.model = \"closed\"", "traffic.rate",
               R"(traffic.model = "closed")", R"(traffic.model = "open")"},
        Unused{"traffic.arrivals = \"poisson\"\ntraffic.model = \"closed\"", "traffic.arrivals",
               R"(traffic.model = "closed")", R"(traffic.model = "open")"},
        Unused{"traffic.stages = [{ rate = \"1/s\", for = \"1s\" }]\ntraffic.model = \"closed\"",
               "traffic.stages", R"(traffic.model = "closed")", R"(traffic.model = "open")"},
        Unused{"traffic.rate = \"5/s\"\ntraffic.arrivals = \"replay:/x\"", "traffic.rate",
               R"(traffic.arrivals = "replay")", R"(traffic.arrivals = "poisson")"},
        Unused{"traffic.think = \"5ms\"", "traffic.think", R"(traffic.model = "open")",
               R"(traffic.model = "closed")"},
        Unused{"traffic.ramp = \"5s\"", "traffic.ramp", R"(traffic.model = "open")",
               R"(traffic.model = "closed")"},
        Unused{"traffic.session = 5\ntraffic.model = \"closed\"", "traffic.session",
               R"(traffic.model = "closed")", R"(traffic.model = "half_open")"},
        Unused{"traffic.rate = \"5/s\"\npath.kind = \"take\"\nrun.calls = 5", "traffic.rate",
               R"(path.kind = "take")", R"(path.kind = "queued")"},
        Unused{"workers.threads = 1", "workers.threads", R"(workers.kind = "thread")",
               R"(workers.kind = "async")"},
        Unused{"workers.boot = \"1s\"", "workers.boot", R"(workers.kind = "thread")",
               R"(workers.kind = "process")"},
        Unused{"workers.recycle = { calls = 5 }\nworkers.kind = \"async\"", "workers.recycle",
               R"(workers.kind = "async")", R"(workers.kind = "process")"},
        Unused{"workers.crash_rate = 0.5", "workers.crash_rate", R"(workers.kind = "thread")",
               R"(workers.kind = "process")"},
        Unused{"workers.retry = { budget = 0.5 }", "workers.retry.budget",
               R"(workers.retry.kind = "none")", R"(workers.retry.kind = "exponential")"},
        Unused{"workers.retry.delay = \"1s\"", "workers.retry.delay",
               R"(workers.retry.kind = "none")", R"(workers.retry.kind = "exponential")"}));

TEST(UnusedKeys, MayStandWhereTheMatrixVariesWhatDecides) {
  for (const std::string matrix : {"[matrix]\n\"traffic.model\" = [\"open\", \"closed\"]\n",
                                   "[matrix]\ntraffic.model = [\"open\", \"closed\"]\n",
                                   "[matrix.traffic]\nmodel = [\"open\", \"closed\"]\n"}) {
    const ScenarioReading reading =
        read_scenario("[traffic]\nrate = \"5/s\"\ncallers = 7\n" + matrix, "test.toml");
    ASSERT_TRUE(reading.ok()) << matrix;
    EXPECT_EQ(reading.scenarios[0].traffic.rate, Rate::per_second(5));
    EXPECT_EQ(reading.scenarios[1].traffic.callers, 7U);
    // What a run writes down holds only what it used, and so can be run again.
    for (const Scenario& scenario : reading.scenarios) {
      EXPECT_THAT(sentences(to_toml(scenario)), IsEmpty());
    }
  }
}

TEST(UnusedKeys, OfWorkersMayStandWhereTheMatrixVariesTheirKind) {
  const ScenarioReading reading = read_scenario(R"(
[workers]
poll = "3s"
boot = "1s"
threads = 2
[matrix]
"workers.kind" = ["thread", "async", "process"]
)",
                                                "test.toml");
  ASSERT_EQ(reading.scenarios.size(), 3U);
  for (const Scenario& scenario : reading.scenarios) {
    EXPECT_THAT(sentences(to_toml(scenario)), IsEmpty());
  }
}

TEST(UnusedKeys, MayNotStandWhereTheMatrixVariesSomethingElse) {
  EXPECT_EQ(sentences("traffic.callers = 7\n[matrix]\n\"run.seed\" = [1, 2]\n").size(), 1U);
}

TEST(UnusedKeys, AreNotJudgedByASettingThatCouldNotBeRead) {
  EXPECT_THAT(sentences("traffic.callers = 7\ntraffic.model = \"closd\"\n"),
              ElementsAre(testing::HasSubstr("\"closd\" is not known")));
}

TEST(UnusedKeys, KnowWhatAMatrixVaries) {
  const auto varied = [](std::string_view toml, std::string_view key) {
    return is_varied(std::get<TomlValue>(parse_toml(toml)), key);
  };
  EXPECT_TRUE(varied("matrix.\"a.b\" = 1", "a.b"));
  EXPECT_TRUE(varied("matrix.a.b.c = 1", "a.b.c"));
  EXPECT_TRUE(varied("matrix.a.\"b.c\" = 1", "a.b.c"));
  EXPECT_FALSE(varied("matrix.a.b = 1", "a.b.c"));
  EXPECT_FALSE(varied("matrix.a.bc = 1", "a.b"));
  EXPECT_FALSE(varied("a.b = 1", "a.b"));
  EXPECT_FALSE(varied("matrix = 1", "a.b"));
}

}  // namespace
}  // namespace queuemeter
