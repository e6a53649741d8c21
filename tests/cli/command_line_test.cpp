// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/command_line.hpp"

#include "harness/cli/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace queuemeter::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string sentence(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  if (line.has_value()) {
    return "";
  }
  EXPECT_EQ(line.error().kind, Error::Kind::usage);
  return line.error().what;
}

TEST(CommandLine, FlagsBecomeOverridesOfScenarioKeys) {
  const CommandLine line = parse_command_line({"run", "a.toml", "--rate", "5k/s", "--for=3s",
                                               "--queue", "null", "--workers", "4"})
                               .value();

  EXPECT_THAT(line.words, ElementsAre("a.toml"));
  EXPECT_THAT(line.overrides(), ElementsAre(Pair("queue.use", "null"), Pair("traffic.rate", "5k/s"),
                                            Pair("run.measure", "3s"), Pair("workers.count", "4")));
}

TEST(CommandLine, CallersBringTheClosedLoopAlong) {
  const CommandLine line =
      parse_command_line({"run", "--callers", "200", "--calls", "5k", "--repeat", "3"}).value();

  EXPECT_THAT(line.overrides(),
              ElementsAre(Pair("traffic.model", "closed"), Pair("traffic.callers", "200"),
                          Pair("run.calls", "5k"), Pair("run.repeat", "3")));
}

TEST(CommandLine, ARateAndCallersExcludeEachOther) {
  EXPECT_EQ(sentence({"run", "--rate", "5/s", "--callers", "3"}),
            "--callers and --rate: exclude each other; give one of them");
}

TEST(CommandLine, AWordThatIsAChoiceIsChecked) {
  EXPECT_EQ(sentence({"completion", "bash"}), "");
  EXPECT_EQ(sentence({"completion", "tcsh"}), "tcsh: is none of bash | zsh | fish");
  EXPECT_EQ(sentence({"completion"}), "completion needs one of bash | zsh | fish");
}

TEST(CommandLine, SetComesLastBecauseItWins) {
  const CommandLine line = parse_command_line({"run", "--set", "traffic.rate=7/s", "--rate", "5/s",
                                               "--set", "queue.options={ a = \"b=c\" }"})
                               .value();

  EXPECT_THAT(line.overrides(),
              ElementsAre(Pair("traffic.rate", "5/s"), Pair("traffic.rate", "7/s"),
                          Pair("queue.options", "{ a = \"b=c\" }")));
}

TEST(CommandLine, ANegativeValueReachesTheScenarioReaderThatRefusesIt) {
  const CommandLine line = parse_command_line({"run", "--rate", "-5/s"}).value();

  EXPECT_EQ(line.value("--rate"), "-5/s");
}

TEST(CommandLine, FlagsAreSeenAndAbsentOnesAreNot) {
  const CommandLine line = parse_command_line({"run", "--json", "--out", "here"}).value();

  EXPECT_TRUE(line.has("--json"));
  EXPECT_FALSE(line.has("--quiet"));
  EXPECT_EQ(line.value("--out"), "here");
  EXPECT_EQ(line.value("--rate"), std::nullopt);
  EXPECT_TRUE(line.overrides().empty());
}

TEST(CommandLine, HelpIsAskedForAnywhere) {
  EXPECT_TRUE(parse_command_line({"--help"}).value().help);
  EXPECT_TRUE(parse_command_line({"--version"}).value().version);
  EXPECT_TRUE(parse_command_line({"run", "--rate", "5/s", "--help"}).value().help);
  EXPECT_TRUE(parse_command_line({"backend", "-h"}).value().help);
}

TEST(CommandLine, EveryMistakeIsListedAtOnce) {
  const std::string text = sentence({"run", "-c", "64", "--rat", "5/s", "--feed", "x"});

  EXPECT_THAT(text, HasSubstr("-c: the connections of wrk"));
  EXPECT_THAT(text, HasSubstr("did you mean --rate?"));
  EXPECT_THAT(text, HasSubstr("--feed: the live feed is not built yet"));
}

TEST(CommandLine, AMissingValueIsAnsweredWithAnExample) {
  EXPECT_EQ(sentence({"run", "--rate"}), "--rate: needs a value, such as --rate 5000/s");
  EXPECT_EQ(sentence({"run", "--out", "--quiet"}), "--out: needs a value, such as --out DIR");
  EXPECT_THAT(sentence({"run", "--set", "rate"}), HasSubstr("is not KEY=VALUE"));
}

TEST(CommandLine, AnOptionGivenTwiceIsRefusedUnlessItMayBe) {
  EXPECT_EQ(sentence({"run", "--rate", "5/s", "--rate", "6/s"}),
            "--rate: given 2 times; give it once");
  EXPECT_EQ(sentence({"run", "--set", "a=1", "--set", "b=2"}), "");
}

TEST(CommandLine, OneScenarioAtATime) {
  EXPECT_THAT(sentence({"run", "a.toml", "b.toml"}), HasSubstr("one scenario or URL at a time"));
  EXPECT_THAT(sentence({"queues", "redis"}), HasSubstr("queues takes options only"));
}

TEST(CommandLine, AnExistingQueueIsAskedForByAFlag) {
  const auto line = parse_command_line({"run", "--use-existing", "--set", "queue.bound=5"});

  EXPECT_THAT(line.value().overrides(),
              ElementsAre(Pair("queue.options.use_existing", "true"), Pair("queue.bound", "5")));
}

TEST(CommandLine, WhatALaterVersionBringsIsKnownButNotBuilt) {
  EXPECT_THAT(sentence({"queues", "--suggest", "producers=4,consumers=1"}),
              HasSubstr("not built yet"));
}

TEST(CommandLine, AFlagTakesNoValue) { EXPECT_NE(sentence({"run", "--json=5"}), ""); }

TEST(CommandLine, CommandsOfLaterVersionsAreKnownButNotBuilt) {
  for (const Command& command : commands()) {
    if (!command.built) {
      EXPECT_THAT(sentence({std::string{command.name}}), HasSubstr("not built yet"));
    }
  }
}

TEST(CommandLine, AWrongCommandIsAnsweredWithTheNearest) {
  EXPECT_THAT(sentence({"quues"}), HasSubstr("did you mean queues?"));
  EXPECT_THAT(sentence({"http://localhost/"}), HasSubstr("queuemeter run http://localhost/"));
  EXPECT_THAT(sentence({"a.toml"}), HasSubstr("queuemeter run a.toml"));
  EXPECT_THAT(sentence({"xyzzyplugh"}), HasSubstr("queuemeter --help"));
  EXPECT_THAT(sentence({}), HasSubstr("queuemeter run"));
}

TEST(Mistakes, ForeignOptionsAreAnsweredWithOurs) {
  const Command& run = *find_command("run");

  EXPECT_THAT(answer_unknown_option(run, "-c64"), HasSubstr("--callers N"));
  EXPECT_THAT(answer_unknown_option(run, "-d"), HasSubstr("--for 10s"));
  EXPECT_THAT(answer_unknown_option(run, "-t"), HasSubstr("--workers N"));
  EXPECT_THAT(answer_unknown_option(run, "--duration=30s"), HasSubstr("--for 10s"));
  EXPECT_THAT(answer_unknown_option(run, "-rate=50"), HasSubstr("--rate 600/s"));
  EXPECT_THAT(answer_unknown_option(run, "--rate-limit"), HasSubstr("--rate 600/s"));
  EXPECT_THAT(answer_unknown_option(run, "--vus"), HasSubstr("--callers N"));
}

TEST(Mistakes, ALetterOfSeveralToolsIsAnsweredForEachOfThem) {
  const Command& run = *find_command("run");

  EXPECT_EQ(answer_unknown_option(run, "-u"),
            "-u: the virtual users of k6 is called --callers N here, the queue of perf-test "
            "--queue NAME|URL");
  EXPECT_THAT(answer_unknown_option(run, "-d"),
              AllOf(HasSubstr("--for 10s"), HasSubstr("--set traffic.payload=256B")));
  EXPECT_THAT(answer_unknown_option(run, "-c"),
              AllOf(HasSubstr("--callers N"), HasSubstr("--set queue.window=N")));
  EXPECT_THAT(answer_unknown_option(run, "-p6379"),
              AllOf(HasSubstr("the port of redis-benchmark"), HasSubstr("--use-existing")));
}

TEST(Mistakes, NoForeignOptionIsOneOfOurs) {
  const Command& run = *find_command("run");
  for (const ForeignOption& row : foreign_options()) {
    EXPECT_EQ(find_option(run, row.name), nullptr) << row.name;
  }
}

TEST(Mistakes, EveryOptionThatForeignOnesAreAnsweredWithExists) {
  const Command& run = *find_command("run");
  for (const ForeignOption& row : foreign_options()) {
    if (row.ours.starts_with("--")) {
      const std::string_view name = row.ours.substr(0, row.ours.find_first_of(" ,"));
      EXPECT_NE(find_option(run, name), nullptr) << row.ours;
    }
  }
}

TEST(Mistakes, ASlipIsAnsweredWithTheNearestAndNonsenseWithTheList) {
  const Command& run = *find_command("run");
  const Command& backend = *find_command("backend");

  EXPECT_THAT(answer_unknown_option(run, "--wrokers"), HasSubstr("did you mean --workers?"));
  EXPECT_THAT(answer_unknown_option(backend, "--servicetime"),
              HasSubstr("did you mean --service-time?"));
  EXPECT_THAT(answer_unknown_option(backend, "--zzzzzzzz"),
              HasSubstr("`queuemeter backend --help`"));
}

}  // namespace
}  // namespace queuemeter::cli
