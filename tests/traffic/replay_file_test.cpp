// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/replay_file.hpp"

#include "harness/traffic/arrival_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Duration> read(const std::string& text) {
  std::istringstream lines{text};
  return *read_replay(lines, "trace").value();
}

std::string error_of(const std::string& text) {
  std::istringstream lines{text};
  const Result<RecordedArrivals> read = read_replay(lines, "trace.csv");
  return read ? "no error" : read.error().what;
}

TEST(ReplayFile, SecondsWithAHeaderBeginAtTheFirst) {
  EXPECT_THAT(read("seconds,path\n10.5,/a\n10.75,/b\n\n12,/c\n"), ElementsAre(0ms, 250ms, 1500ms));
}

TEST(ReplayFile, AHeaderThatEndsInNsSaysNanoseconds) {
  EXPECT_THAT(read("arrived_ns\n100\n350\n350\n"), ElementsAre(0ns, 250ns, 250ns));
}

TEST(ReplayFile, WholeNumbersBeyondAllSecondsAreNanosecondsToTheLastDigit) {
  EXPECT_THAT(read("1700000000123456789\n1700000000123456790\n"), ElementsAre(0ns, 1ns));
}

TEST(ReplayFile, FractionsOfSecondsSinceTheEpochKeepTheirNanoseconds) {
  EXPECT_THAT(read("1700000000.000000001\n1700000000.000000003\n"), ElementsAre(0ns, 2ns));
}

TEST(ReplayFile, IsoTimesWithZones) {
  EXPECT_THAT(read("time\n2026-03-01T12:00:00.25Z\n2026-03-01 12:00:01\n"
                   "\"2026-03-01T14:00:02+02:00\",x\n"),
              ElementsAre(0ms, 750ms, 1750ms));
}

TEST(ReplayFile, ACombinedAccessLogIsSpreadOverItsSeconds) {
  const std::string begin = R"(127.0.0.1 - bob [10/Oct/2000:13:55:)";
  const std::string end = R"( -0700] "GET /a?b=[c] HTTP/1.0" 200 2326 "http://x/" "Mozilla/4.08")";
  EXPECT_THAT(
      read(begin + "36" + end + "\n" + begin + "36" + end + "\n" + begin + "38" + end + "\n"),
      ElementsAre(0ms, 500ms, 2000ms));
}

TEST(ReplayFile, JsonLinesByTheirUsualKeys) {
  EXPECT_THAT(read("{\"msg\":\"a\",\"time\":\"2026-03-01T12:00:00Z\"}\n"
                   "{\"@timestamp\":\"2026-03-01T12:00:00.5Z\"}\n"),
              ElementsAre(0ms, 500ms));
  EXPECT_THAT(read("{\"ts\":1700000000.25}\n{\"ts\":1700000001}\n"), ElementsAre(0ms, 750ms));
  EXPECT_THAT(read("{\"time_local\":\"10/Oct/2000:13:55:36 -0700\"}\n"), ElementsAre(0ms));
}

TEST(ReplayFile, WhatIsUnsortedNegativeOrUnreadableIsNamedWithFileAndLine) {
  EXPECT_THAT(error_of("t\n5\n7\n6.9\n"), HasSubstr("trace.csv:4: an instant lies before"));
  EXPECT_THAT(error_of("t\n-5\n"),
              HasSubstr("trace.csv:2: an instant must not be negative; count from"));
  EXPECT_THAT(error_of("1\n2\nsoon\n"), HasSubstr("trace.csv:3: no instant can be read"));
  EXPECT_THAT(error_of("1\n1e99\n"), HasSubstr("trace.csv:2:"));
  EXPECT_THAT(error_of("1\nnan\n"), HasSubstr("trace.csv:2:"));
  EXPECT_THAT(error_of("2026-13-01T00:00:00Z\n2026-02-30T00:00:00Z\n"), HasSubstr("trace.csv:2:"));
  EXPECT_THAT(error_of("{\"time\":1}\n{\"when\":2}\n"), HasSubstr("trace.csv:2:"));
  EXPECT_THAT(error_of("{\"time\":1}\n{\"time\":[2]\n"), HasSubstr("trace.csv:2:"));
}

TEST(ReplayFile, NothingToReplayIsAnError) {
  EXPECT_THAT(error_of(""), HasSubstr("has no recorded calls; it needs one instant on a line"));
  EXPECT_THAT(error_of("seconds\n"), HasSubstr("has no recorded calls"));
  EXPECT_THAT(read_replay_file("/nowhere/trace.csv").error().what,
              HasSubstr("/nowhere/trace.csv: cannot be read (No such file or directory)"));
}

TEST(ReplayFile, ALineWithoutEndIsNotReadToItsEnd) {
  EXPECT_THAT(error_of("1\n" + std::string(3U << 20U, '7')), HasSubstr("trace.csv:2:"));
}

TEST(ReplayFile, IsPlayedInTheSamePartsByAnyNumberOfThreads) {
  std::istringstream lines{"1\n2\n2.5\n4\n"};
  const ArrivalPlan plan{read_replay(lines, "t").value()};

  for (std::uint64_t thread = 0; thread < 2; ++thread) {
    ArrivalStream share{plan, thread, 2};
    EXPECT_EQ(share.due(), thread == 0 ? 0s : 1s);
    share.advance();
    EXPECT_EQ(share.due(), thread == 0 ? 1500ms : 3000ms);
    share.advance();
    EXPECT_GT(share.due(), 24h * 365) << "no more";
  }
}

}  // namespace
}  // namespace queuemeter
