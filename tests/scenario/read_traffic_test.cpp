// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_traffic.hpp"

#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::StartsWith;

TEST(ReadTraffic, ReadsAClosedLoop) {
  const TrafficSettings traffic = read_one(R"toml(
[traffic]
model = "closed"
callers = "200k"
think = "exponential(100ms)"
ramp = "5s"
)toml")
                                      .traffic;
  EXPECT_EQ(traffic.model, TrafficModel::closed);
  EXPECT_EQ(traffic.callers, 200'000U);
  EXPECT_EQ(traffic.think.to_text(), "exponential(100ms)");
  EXPECT_EQ(traffic.ramp, 5s);
}

TEST(ReadTraffic, ReadsAHalfOpenLoop) {
  const TrafficSettings traffic = read_one(R"toml(
[traffic]
model = "half_open"
rate = "5k/s"
session = 12
think = "2s"
)toml")
                                      .traffic;
  EXPECT_EQ(traffic.model, TrafficModel::half_open);
  EXPECT_EQ(traffic.rate, Rate::per_second(5'000));
  EXPECT_EQ(traffic.session, 12U);
  EXPECT_EQ(traffic.think.mean(), 2s);
}

TEST(ReadTraffic, ReadsSaturation) {
  EXPECT_EQ(read_one("traffic.model = \"saturate\"\npath.reply = \"none\"\n"
                     "backend.kind = \"none\"\nqueue.stamps = \"shared\"\n")
                .traffic.model,
            TrafficModel::saturate);
}

TEST(ReadTraffic, ReadsBurstsAndSines) {
  const TrafficSettings traffic = read_one(R"toml(
[traffic]
stages = [{ sine = "1k/s..3k/s", period = "60s", for = "5m" }, { burst = 500 },
          { ramp_to = "5k/s", for = "1s" }]
)toml")
                                      .traffic;
  ASSERT_EQ(traffic.stages.size(), 3U);
  EXPECT_EQ(traffic.rate, Rate::per_second(2'000));  // in the middle, where a sine begins
  EXPECT_EQ(traffic.stages[0].kind, Stage::Kind::sine);
  EXPECT_EQ(traffic.stages[0].rate, Rate::per_second(1'000));
  EXPECT_EQ(traffic.stages[0].peak, Rate::per_second(3'000));
  EXPECT_EQ(traffic.stages[0].period, 60s);
  EXPECT_EQ(traffic.stages[0].length, 5min);
  EXPECT_EQ(traffic.stages[1].kind, Stage::Kind::burst);
  EXPECT_EQ(traffic.stages[1].calls, 500U);
  EXPECT_EQ(traffic.stages[1].length, 0s);
}

TEST(ReadTraffic, ReadsDistributionsOfPayloadsAndDeadlines) {
  const TrafficSettings traffic = read_one(R"toml(
[traffic]
payload = "uniform(100B, 2KiB)"
deadline = "lognormal(500ms, 0.5)"
)toml")
                                      .traffic;
  EXPECT_EQ(traffic.payload, SizeDistribution::uniform(100, 2'048));
  EXPECT_EQ(traffic.deadline.value().to_text(), "lognormal(500ms, 0.5)");
}

TEST(ReadTraffic, ReadsClassesAndLetsThemInherit) {
  const TrafficSettings traffic = read_one(R"toml(
[traffic]
payload = "1KiB"
deadline = "1s"
[[traffic.class]]
name = "page"
weight = 9
payload = "64B"
deadline = "uniform(50ms, 100ms)"
priority = 255
objectives = { completion_p99 = "< 50ms", drop_rate = "< 0.1%" }
[[traffic.class]]
name = "report-2_x"
weight = 0.5
)toml")
                                      .traffic;
  ASSERT_EQ(traffic.classes.size(), 2U);
  EXPECT_EQ(traffic.classes[0].name, "page");
  EXPECT_DOUBLE_EQ(traffic.classes[0].weight, 9.0);
  EXPECT_EQ(traffic.classes[0].payload, SizeDistribution::constant(64));
  EXPECT_EQ(traffic.classes[0].deadline.value().to_text(), "uniform(50ms, 100ms)");
  EXPECT_EQ(traffic.classes[0].priority, 255);
  ASSERT_EQ(traffic.classes[0].objectives.size(), 2U);
  EXPECT_EQ(traffic.classes[0].objectives[0].metric, "completion_p99");
  EXPECT_DOUBLE_EQ(traffic.classes[1].weight, 0.5);
  EXPECT_EQ(traffic.classes[1].payload, SizeDistribution::constant(1'024));
  EXPECT_EQ(traffic.classes[1].deadline.value().mean(), 1s);
  EXPECT_EQ(traffic.classes[1].priority, 0);
  EXPECT_TRUE(traffic.classes[1].objectives.empty());
}

TEST(EffectiveClasses, AreOneForAllWhereNoneIsWritten) {
  TrafficSettings traffic;
  traffic.payload = SizeDistribution::constant(77);
  traffic.deadline = Distribution::constant(3s);
  const auto classes = traffic.effective_classes();
  ASSERT_EQ(classes.size(), 1U);
  EXPECT_EQ(classes[0].name, "default");
  EXPECT_DOUBLE_EQ(classes[0].weight, 1.0);
  EXPECT_EQ(classes[0].payload, traffic.payload);
  EXPECT_EQ(classes[0].deadline.value().mean(), 3s);
}

TEST(EffectiveClasses, HaveTheDeadlineOfAllWhereTheyHaveNone) {
  TrafficSettings traffic;
  traffic.deadline = Distribution::constant(3s);
  traffic.classes.resize(2);
  traffic.classes[1].deadline = Distribution::constant(1s);
  const auto classes = traffic.effective_classes();
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].deadline.value().mean(), 3s);
  EXPECT_EQ(classes[1].deadline.value().mean(), 1s);
}

struct Wrong {
  std::string toml;  // of the [traffic] table
  std::string error;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.error; }

class WrongTraffic : public testing::TestWithParam<Wrong> {};

TEST_P(WrongTraffic, IsAnsweredWithOneSentence) {
  EXPECT_THAT(sentences("[traffic]\n" + GetParam().toml),
              ElementsAre(testing::AllOf(StartsWith("test.toml:"), EndsWith(GetParam().error))));
}

INSTANTIATE_TEST_SUITE_P(
    Models, WrongTraffic,
    testing::Values(
        Wrong{"model = \"half\"",
              "2: traffic.model: \"half\" is not known; use open or closed or half_open or "
              "saturate"},
        Wrong{"model = \"closed\"\ncallers = 0",
              "3: traffic.callers: 0 is out of range; it must be 1 to 10000000"},
        Wrong{"model = \"closed\"\ncallers = \"11M\"",
              "3: traffic.callers: 11000000 is out of range; it must be 1 to 10000000"},
        Wrong{
            "model = \"closed\"\nthink = 5",
            R"x(3: traffic.think: must be a distribution such as "20ms" or "exponential(1ms)", not a whole number)x"},
        Wrong{"model = \"closed\"\nramp = \"25h\"",
              "3: traffic.ramp: 25h is out of range; it must be at least 0s and 24h at the "
              "most"},
        Wrong{"model = \"half_open\"\nsession = 0",
              "3: traffic.session: 0 is out of range; it must be 1 to 1000000"},
        Wrong{"arrivals = \"uniform\"",
              "2: traffic.arrivals: \"uniform\" is not known; use constant or poisson or "
              "replay:FILE"},
        Wrong{"arrivals = \"replay\"",
              "2: traffic.arrivals: \"replay\" is not known; use constant or poisson or "
              "replay:FILE"},
        Wrong{"arrivals = \"replay:\"",
              "2: traffic.arrivals: replay names no file; write it like replay:trace.csv"},
        Wrong{"payload = \"uniform(2KiB, 1KiB)\"", "lognormal(1KiB, 1.2)"},
        Wrong{"deadline = \"exponential(0s)\"",
              "2: traffic.deadline: 0s is out of range; it must be above 0s and 24h at the most"}));

INSTANTIATE_TEST_SUITE_P(
    Stages, WrongTraffic,
    testing::Values(
        Wrong{
            "stages = [{ burst = 5 }]",
            R"(2: traffic.stages: a first burst needs to know where it starts; add rate = "1k/s")"},
        Wrong{"rate = \"1/s\"\nstages = [{ burst = 0 }]",
              "3: traffic.stages.burst: 0 is out of range; it must be 1 to 10000000"},
        Wrong{"rate = \"1/s\"\nstages = [{ burst = 5, for = \"1s\" }]",
              "3: traffic.stages.for: a burst is one instant and has no length; remove it, and add "
              "a stage"},
        Wrong{
            "stages = [{ sine = \"1/s..2/s\", for = \"1s\" }]",
            R"(2: traffic.stages.period: a sine needs the time of one swing; add period = "60s")"},
        Wrong{"stages = [{ sine = \"1/s..2/s\", period = \"1s\" }]",
              R"(2: traffic.stages.for: a stage needs its length; add for = "5s")"},
        Wrong{"stages = [{ rate = \"1/s\", for = \"1s\", period = \"1s\" }]",
              "2: traffic.stages.period: only a sine has a period; remove it"},
        Wrong{"stages = [{ sine = \"1/s..2/s\", burst = 5, for = \"1s\", period = \"1s\" }]",
              "2: traffic.stages: a stage needs one of rate, ramp_to, step_to, burst and sine, "
              "this one has several"},
        Wrong{"stages = [{ sine = \"2/s..1/s\", period = \"1s\", for = \"1s\" }]", "up to 100M/s"},
        Wrong{
            "rate = \"1k/s\"\nstages = [{ sine = \"1k/s..3k/s\", period = \"1s\", for = \"1s\" }]",
            "2: traffic.rate: it is 1k/s, but the first of the stages is 2k/s; give only one"}));

INSTANTIATE_TEST_SUITE_P(
    Classes, WrongTraffic,
    testing::Values(
        Wrong{"class = 5", "2: traffic.class: must be a list of tables, not a whole number"},
        Wrong{"class = [5]", "2: traffic.class: must hold tables, not a whole number"},
        Wrong{"class = [{ weight = 5 }]",
              R"(2: traffic.class.name: is missing; add name = "page")"},
        Wrong{"class = [{ name = \"\" }]", "2: traffic.class.name: must not be empty"},
        Wrong{"class = [{ name = \"a b\" }]",
              "2: traffic.class.name: \"a b\" is not a name; use 32 letters, digits, _ and - at "
              "the most"},
        Wrong{"class = [{ name = \"a\" },\n { name = \"a\" }]",
              "3: traffic.class.name: \"a\" is the name of two classes; give each its own"},
        Wrong{"class = [{ name = \"a\", weight = 0 }]",
              "2: traffic.class.weight: 0 is out of range; it must be above 0 and 1000000 at the "
              "most"},
        Wrong{"class = [{ name = \"a\", weight = -1.5 }]",
              "2: traffic.class.weight: -1.5 is out of range; it must be above 0 and 1000000 at "
              "the most"},
        Wrong{"class = [{ name = \"a\", weight = inf }]",
              "2: traffic.class.weight: inf is out of range; it must be above 0 and 1000000 at the "
              "most"},
        Wrong{"class = [{ name = \"a\", weight = nan }]",
              "2: traffic.class.weight: nan is out of range; it must be above 0 and 1000000 at the "
              "most"},
        Wrong{"class = [{ name = \"a\", weight = \"5\" }]",
              "2: traffic.class.weight: must be a number such as 1 or 2.5, not a text"},
        Wrong{"class = [{ name = \"a\", priority = 256 }]",
              "2: traffic.class.priority: 256 is out of range; it must be 0 to 255"},
        Wrong{"class = [{ name = \"a\", wieght = 5 }]",
              "2: traffic.class.wieght: unknown key; did you mean traffic.class.weight?"},
        Wrong{"class = [{ name = \"a\", deadline = \"0s\" }]",
              "2: traffic.class.deadline: 0s is out of range; it must be above 0s and 24h at the "
              "most"},
        Wrong{"class = [{ name = \"a\", objectives = 5 }]",
              "2: traffic.class.objectives: must be a table, not a whole number"},
        Wrong{"class = [{ name = \"a\", objectives = { goodput = \"> 5ms\" } }]", "30/60s"},
        Wrong{
            "class = [{ name = \"a\", objectives = { answer_p50 = \"< 5ms\" } }]",
            R"(2: traffic.class.objectives.answer_p50: an objective on latency needs one on drops, or a run that drops its slow calls meets it; add drop_rate = "< 0.1%")"},
        Wrong{"class = [{ name = \"a\", objectives = { drain = \"< 5ms\" } }]",
              "2: traffic.class.objectives.drain: a backlog is not of one class; put drain into "
              "[objectives]"}));

TEST(ReadTraffic, TakesEightClassesAtTheMost) {
  std::string eight;
  for (int i = 0; i < 8; ++i) {
    eight += "[[traffic.class]]\nname = \"c" + std::to_string(i) + "\"\n";
  }
  EXPECT_EQ(read_one(eight).traffic.classes.size(), most_classes);
  EXPECT_THAT(sentences(eight + "[[traffic.class]]\nname = \"c8\"\n"),
              ElementsAre("test.toml:1: traffic.class: 9 classes are too many; use 8 at the most"));
}

}  // namespace
}  // namespace queuemeter
