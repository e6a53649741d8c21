// SPDX-License-Identifier: Apache-2.0
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace queuemeter {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ScenarioErrors, ComeAllAtOnceInTheOrderOfTheFile) {
  const std::string scenario = R"([run]
mesure = "5s"
tick = "1ms"
[traffic]
rate = "-5/s"
payload = "17MiB"
[queue]
bound = 0
[workers]
count = "many"
)";
  EXPECT_THAT(
      sentences(scenario),
      ElementsAre("test.toml:2: run.mesure: unknown key; did you mean run.measure?",
                  "test.toml:3: run.tick: 1ms is out of range; it must be at least 10ms and "
                  "10s at the most",
                  StartsWith("test.toml:5: traffic.rate: \"-5/s\" is not a rate: it must not "
                             "be negative; write it like 600/s"),
                  StartsWith("test.toml:6: traffic.payload: \"17MiB\" is not a distribution of "
                             "sizes: \"17MiB\" is more than 16,777,216 bytes"),
                  "test.toml:8: queue.bound: 0 is out of range; it must be 1 to 1000000000",
                  StartsWith("test.toml:10: workers.count: \"many\" is not a count")));
}

TEST(ScenarioErrors, NameTheCommandLineWhereTheValueCameFromIt) {
  EXPECT_THAT(sentences("", {{"run.mesure", "5s"}}),
              ElementsAre("--set run.mesure: unknown key; did you mean run.measure?"));
  EXPECT_THAT(sentences("[run]\nseed = 1\n", {{"run.seed", "-1"}}),
              ElementsAre(StartsWith("--set run.seed: \"-1\"")));
  EXPECT_THAT(sentences("", {{"", "1"}, {"run.", "1"}}),
              ElementsAre("--set: cannot be set from outside; did you mean run?",
                          "--set run.: cannot be set from outside; did you mean run?"));
  EXPECT_THAT(sentences("[run]\nseed = 1\n", {{"run.seed.x", "1"}}),
              ElementsAre(StartsWith("--set run.seed.x: cannot be set from outside")));
}

TEST(ScenarioErrors, StayOnOneLineWhateverTheKeyIs) {
  EXPECT_THAT(sentences("\"a\\nb\" = 1\n\"" + std::string(500, 'x') + "\" = 1\n"),
              ElementsAre(StartsWith("test.toml:1: a\\x0ab: unknown key"),
                          StartsWith("test.toml:2: " + std::string(60, 'x') + "\u2026: unknown")));
}

struct Wrong {
  std::string toml;
  std::string sentence;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.sentence; }

class WrongScenario : public testing::TestWithParam<Wrong> {};

TEST_P(WrongScenario, IsAnsweredWithOneSentence) {
  EXPECT_THAT(sentences(GetParam().toml), ElementsAre("test.toml:" + GetParam().sentence))
      << GetParam().toml;
}

INSTANTIATE_TEST_SUITE_P(
    Types, WrongScenario,
    testing::Values(
        Wrong{"run = 5", "1: run: must be a table, not a whole number"},
        Wrong{"[[run]]\nseed = 1", "1: run: must be a table, not a list"},
        Wrong{"backend.timeouts = \"1s\"", "1: backend.timeouts: must be a table, not a text"},
        Wrong{"run.seed = 1.5",
              R"(1: run.seed: must be a whole number such as 10000 or "10k", not a number)"},
        Wrong{"run.measure = true",
              R"(1: run.measure: must be a time such as "250us" or "2s", not true or false)"},
        Wrong{"traffic.rate = 600",
              R"(1: traffic.rate: must be a rate such as "600/s" or "5k/s", not a whole number)"},
        Wrong{
            "traffic.payload = 256",
            R"x(1: traffic.payload: must be a size such as "256B" or "uniform(100B, 2KiB)", not a whole number)x"},
        Wrong{"path.kind = 1", "1: path.kind: must be a word in quotes, not a whole number"},
        Wrong{"queue.durable = 1", "1: queue.durable: must be true or false, not a whole number"},
        Wrong{"queue.options = 1", "1: queue.options: must be a table, not a whole number"},
        Wrong{"queue.options = { a = [] }",
              "1: queue.options.a: must be a text, a number, true or false, not a list"},
        Wrong{"queue.use = \"\"", "1: queue.use: must not be empty"},
        Wrong{"objectives = 1", "1: objectives: must be a table, not a whole number"},
        Wrong{
            "objectives.drop_rate = 0.1",
            R"(1: objectives.drop_rate: must be a limit in quotes such as "< 50ms", not a number)"},
        Wrong{"fault = 1", "1: fault: must be a list of tables, not a whole number"},
        Wrong{"fault = [1]", "1: fault: must hold tables, not a whole number"},
        Wrong{"[fault]\nat = \"1s\"", "1: fault: must be a list of tables, not a table"},
        Wrong{"traffic.stages = []",
              "1: traffic.stages: the list is empty; leave it out and give a rate"},
        Wrong{"path.kind = \"diretc\"",
              "1: path.kind: \"diretc\" is not known; use direct or queued or "
              "front or offer or take"}));

INSTANTIATE_TEST_SUITE_P(
    Ranges, WrongScenario,
    testing::Values(
        Wrong{"run.measure = \"0s\"",
              "1: run.measure: 0s is out of range; it must be above 0s and 168h at the most"},
        Wrong{
            "run.measure = 5",
            R"(1: run.measure: "5" is not a time span: the unit is missing; write it like 250us, 1.5ms, 2s, 5m or 1h)"},
        Wrong{"run.tick = \"11s\"",
              "1: run.tick: 11s is out of range; it must be at least 10ms and 10s at the most"},
        Wrong{
            "run.seed = \"99999999999999999999\"",
            R"(1: run.seed: "99999999999999999999" is not a count: it is larger than 2^63 - 1; write it like 10000, 10k or 2M)"},
        Wrong{
            "traffic.rate = \"0/s\"",
            R"(1: traffic.rate: "0/s" is out of range; it must be above 0/s and 100M/s at the most)"},
        Wrong{
            "traffic.rate = \"101M/s\"",
            R"(1: traffic.rate: "101M/s" is out of range; it must be above 0/s and 100M/s at the most)"},
        Wrong{"traffic.deadline = \"0s\"",
              "1: traffic.deadline: 0s is out of range; it must be above 0s and 24h at the most"},
        Wrong{"traffic.offerers = 9", "1: traffic.offerers: 9 is out of range; it must be 1 to 8"},
        Wrong{"backend.error_rate = 1.5",
              "1: backend.error_rate: 1.5 is out of range; it must be 0 to 1"},
        Wrong{"backend.error_rate = nan",
              "1: backend.error_rate: nan is out of range; it must be 0 to 1"},
        Wrong{
            "backend.hang_rate = \"101%\"",
            R"(1: backend.hang_rate: "101%" is not a fraction: it is above 1; write it like 0.1% or 0.001, from 0 to 1)"},
        Wrong{"backend.concurrency = 0",
              "1: backend.concurrency: 0 is out of range; it must be 1 to 65536"}));

INSTANTIATE_TEST_SUITE_P(
    Combinations, WrongScenario,
    testing::Values(
        Wrong{
            "[path]\nkind = \"direct\"\nreply = \"none\"",
            R"(3: path.reply: the direct path is its reply, so reply = "none" cannot be measured; use path.reply = "memory")"},
        Wrong{"[backend]\nkind = \"http\"",
              R"(1: backend.url: kind = "http" needs a URL; add url = "http://127.0.0.1:8080/")"},
        Wrong{
            "backend.url = \"http://127.0.0.1/\"",
            R"(1: backend.url: only kind = "http" calls a URL, and kind is "synthetic"; set kind = "http" or remove it)"},
        Wrong{
            "[backend]\nkind = \"http\"\nurl = \"127.0.0.1\"",
            R"(3: backend.url: "127.0.0.1" is not a URL that can be called; write it like http://127.0.0.1:8080/slow)"},
        Wrong{
            "[objectives]\ncompletion_p99 = \"< 1s\"",
            R"(2: objectives.completion_p99: an objective on latency needs one on drops, or a run that drops its slow calls meets it; add drop_rate = "< 0.1%")"},
        Wrong{"[[fault]]\nat = \"20s\"\nwhat = \"freeze\"\nwho = \"backend\"\nfor = \"1s\"",
              "2: fault.at: 20s is after the end of the measured window of 20s; make it earlier, "
              "or run.measure longer"},
        Wrong{"fault = [{ at = \"2s\", what = \"freeze\", who = \"backend\", for = \"2s\" },\n { "
              "at = \"3s\", what = \"freeze\", who = \"backend\", for = \"1s\" }]",
              "2: fault.at: begins before the fault above it has ended; list faults in the order "
              "of time, one after the other"},
        Wrong{
            "[backend]\nkind = \"http\"\nurl = \"http://127.0.0.1/\"\n[[fault]]\nat = \"1s\"\nwhat "
            "= \"freeze\"\nwho = \"backend\"\nfor = \"1s\"",
            R"(7: fault.who: a backend that queuemeter did not start is not frozen; use backend.kind = "managed" or "synthetic")"},
        Wrong{"[[fault]]\nat = \"1s\"\nwhat = \"freeze\"\nwho = \"backend\"",
              R"(1: fault.for: is missing; add for = "1s")"},
        Wrong{
            "[traffic]\nstages = [{ ramp_to = \"4k/s\", for = \"10s\" }]",
            R"(2: traffic.stages: a first ramp_to needs to know where it starts; add rate = "1k/s")"},
        Wrong{"[traffic]\nrate = \"5/s\"\nstages = [{ rate = \"4k/s\", for = \"10s\" }]",
              "2: traffic.rate: it is 5/s, but the first of the stages is 4k/s; give only one"},
        Wrong{"[traffic]\nstages = [{ rate = \"4k/s\" }]",
              R"(2: traffic.stages.for: a stage needs its length; add for = "5s")"},
        Wrong{"[traffic]\nstages = [{ for = \"4s\" }]",
              "2: traffic.stages: a stage needs one of rate, ramp_to, step_to, burst and sine, "
              "this one "
              "has none"},
        Wrong{"[traffic]\nstages = [{ rate = \"1/s\", step_to = \"2/s\", for = \"4s\" }]",
              "2: traffic.stages: a stage needs one of rate, ramp_to, step_to, burst and sine, "
              "this one has "
              "several"}));

TEST(ScenarioErrors, AreNotMadeOfMatricesNeeds) {
  EXPECT_THAT(sentences("[path]\nkind = \"direct\"\n[queue]\nbound = 5\n[workers]\ncount = 1\n"),
              IsEmpty());
  EXPECT_THAT(sentences("[path]\nkind = \"queued\"\nreply = \"none\"\n"), IsEmpty());
  EXPECT_THAT(sentences("[backend]\nhang_rate = 0.5\n"), IsEmpty());
}

TEST(ScenarioErrors, SayThatATextIsNoScenario) {
  EXPECT_THAT(sentences("hello"), ElementsAre(AllOf(StartsWith("test.toml:1: this is not TOML"))));
  EXPECT_THAT(sentences(std::string{"\0\0", 2}), ElementsAre(HasSubstr("binary")));
  EXPECT_THAT(sentences("a = \"\xff\""), ElementsAre(HasSubstr("UTF-8")));
  EXPECT_THAT(sentences("[run]\nseed = 99999999999999999999\n"),
              ElementsAre(StartsWith("test.toml:2: this is not TOML")));
  EXPECT_THAT(sentences(std::string((1U << 20U) + 1, '#')),
              ElementsAre("test.toml: is larger than 1 MiB; a scenario is a page of TOML"));
  EXPECT_THAT(sentences(std::string(1U << 20U, '#')), IsEmpty());
}

/// A folder of one test, removed at its end.
class ScenarioFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path(name), std::ios::binary} << text;
    return path(name);
  }
  static std::string sentence_of(const std::string& path) {
    const ScenarioReading reading = read_scenario_file(path);
    return reading.errors.size() == 1 ? reading.errors.front().sentence()
                                      : std::to_string(reading.errors.size()) + " errors";
  }

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                  ("queuemeter-scenario-" + std::to_string(::getpid()));
};

TEST_F(ScenarioFile, IsReadWithItsNameInErrors) {
  EXPECT_EQ(read_scenario_file(write("good.toml", "[run]\nseed = 5\n")).scenarios[0].run.seed, 5U);
  const std::string bad = write("bad.toml", "[run]\nsed = 5\n");
  EXPECT_EQ(sentence_of(bad), bad + ":2: run.sed: unknown key; did you mean run.seed?");
}

TEST_F(ScenarioFile, ThatCannotBeReadIsOneSentence) {
  EXPECT_THAT(sentence_of(path("absent.toml")),
              AllOf(StartsWith(path("absent.toml")), HasSubstr("No such file or directory")));
  EXPECT_THAT(sentence_of(path("")), HasSubstr("is a folder"));
  EXPECT_THAT(sentence_of(write("large.toml", std::string(2U << 20U, '#'))),
              HasSubstr("larger than 1 MiB"));
  EXPECT_THAT(sentence_of("/proc/self/exe"), testing::Not(HasSubstr("errors")));
}

TEST_F(ScenarioFile, ThatMayNotBeReadIsOneSentence) {
  const std::string secret = write("secret.toml", "");
  ::chmod(secret.c_str(), 0);
  if (::access(secret.c_str(), R_OK) == 0) {
    // The superuser may read everything; a file that even it cannot read is a memory map.
    EXPECT_THAT(sentence_of("/proc/self/mem"), HasSubstr("could not be read"));
    return;
  }
  EXPECT_THAT(sentence_of(secret), HasSubstr("Permission denied"));
}

}  // namespace
}  // namespace queuemeter
