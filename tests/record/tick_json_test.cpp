// SPDX-License-Identifier: Apache-2.0
#include "harness/record/tick_json.hpp"

#include "tests/record/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

const std::string golden_path =
    std::string{QUEUEMETER_SOURCE_DIR} + "/tests/record/golden/tick-1.jsonl";

Tick full_tick() {
  Tick tick;
  tick.number = 30;
  tick.from = instant_from_nanoseconds(5'000'000'000'000);
  tick.to = instant_from_nanoseconds(5'000'100'000'000);
  tick.stage = "measure";
  LedgerCounts& measured = tick.counts[static_cast<std::size_t>(Phase::measure)];
  measured.planned = 60;
  measured.offered = 60;
  measured.outcomes[static_cast<std::size_t>(Outcome::completed)] = 40;
  measured.outcomes[static_cast<std::size_t>(Outcome::rejected)] = 14;
  measured.outcomes[static_cast<std::size_t>(Outcome::unknown)] = -2;
  measured.reasons[static_cast<std::size_t>(Reason::full)] = 14;
  measured.late = 3;
  tick.counts[static_cast<std::size_t>(Phase::warm_up)]
      .outcomes[static_cast<std::size_t>(Outcome::completed)] = 5;
  tick.gauges.in_flight = 612;
  tick.gauges.backlog = 600;
  tick.gauges.oldest_age = std::chrono::milliseconds{1'480};
  tick.gauges.workers_busy = 7.95;
  tick.gauges.generator_cpu = 0.04;
  tick.gauges.process_cpu = 0.11;
  tick.gauges.lateness_max = std::chrono::microseconds{210};
  tick.completion = {{5'000, 39}, {5'001, 1}};
  tick.spans = {{Span::lateness, {{900, 60}}}, {Span::returning, {{700, 40}}}};
  return tick;
}

void expect_same(const Tick& left, const Tick& right) {
  EXPECT_EQ(left.number, right.number);
  EXPECT_EQ(left.from, right.from);
  EXPECT_EQ(left.to, right.to);
  EXPECT_EQ(left.stage, right.stage);
  EXPECT_EQ(left.counts, right.counts);
  EXPECT_EQ(left.gauges.in_flight, right.gauges.in_flight);
  EXPECT_EQ(left.gauges.backlog, right.gauges.backlog);
  EXPECT_EQ(left.gauges.oldest_age, right.gauges.oldest_age);
  EXPECT_EQ(left.gauges.workers_busy, right.gauges.workers_busy);
  EXPECT_EQ(left.gauges.generator_cpu, right.gauges.generator_cpu);
  EXPECT_EQ(left.gauges.process_cpu, right.gauges.process_cpu);
  EXPECT_EQ(left.gauges.lateness_max, right.gauges.lateness_max);
  EXPECT_EQ(left.completion, right.completion);
  EXPECT_EQ(left.spans, right.spans);
}

TEST(TickJson, ATickIsOneLineAndReadsBack) {
  for (const Tick& tick : {full_tick(), Tick{}}) {
    const std::string line = to_json_line(tick);

    const Result<Tick> back = tick_from_json(line);

    EXPECT_EQ(line.find('\n'), std::string::npos);
    ASSERT_TRUE(back) << back.error().what;
    expect_same(back.value(), tick);
  }
}

TEST(TickJson, WhatCannotBeObservedIsNullAndWhatDidNotHappenIsLeftOut) {
  const std::string line = to_json_line(Tick{});

  EXPECT_NE(line.find("\"backlog\":null"), std::string::npos) << line;
  EXPECT_NE(line.find("\"counts\":{}"), std::string::npos) << line;
  EXPECT_EQ(line.find("spans"), std::string::npos) << line;
}

TEST(TickJson, TheGoldenFileOfVersion1IsStillRead) {
  const Result<TickReading> reading = read_ticks(golden_path);

  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_FALSE(reading.value().cut);
  ASSERT_EQ(reading.value().ticks.size(), 2u);
  EXPECT_EQ(reading.value().ticks[0].stage, "warm_up");
  expect_same(reading.value().ticks[1], full_tick());
}

TEST(TickJson, ACutLastLineIsLeftOutAndSaid) {
  const ScratchFolder folder;
  const std::string line = to_json_line(full_tick());
  write_text(folder / "ticks.jsonl", line + "\n" + line + "\n" + line.substr(0, 50));

  const Result<TickReading> reading = read_ticks(folder / "ticks.jsonl");

  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(reading.value().ticks.size(), 2u);
  EXPECT_TRUE(reading.value().cut);
}

TEST(TickJson, ABadLineInTheMiddleIsAnErrorWithItsNumber) {
  const ScratchFolder folder;
  const std::string line = to_json_line(full_tick());
  write_text(folder / "ticks.jsonl", line + "\n{\"half\n" + line + "\n");

  const Result<TickReading> reading = read_ticks(folder / "ticks.jsonl");

  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("ticks.jsonl:2: "), std::string::npos)
      << reading.error().what;
}

TEST(TickJson, AnEmptyFileHasNoTicks) {
  const ScratchFolder folder;
  write_text(folder / "ticks.jsonl", "");

  const Result<TickReading> reading = read_ticks(folder / "ticks.jsonl");

  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_TRUE(reading.value().ticks.empty());
  EXPECT_FALSE(reading.value().cut);
}

TEST(TickJson, BucketsThatAreNoPairsAreRefused) {
  const std::string line = to_json_line(full_tick());
  for (const char* wrong :
       {"[5000]", "[5000,39,1]", "[-1,39]", "[5000000000,39]", "[1.5,39]", "5000", "[\"a\",1]"}) {
    std::string changed = line;
    const std::string right = "[5000,39]";
    changed.replace(changed.find(right), right.size(), wrong);

    const Result<Tick> tick = tick_from_json(changed);

    ASSERT_FALSE(tick) << wrong;
    EXPECT_NE(tick.error().what.find("completion"), std::string::npos) << tick.error().what;
  }
}

}  // namespace
}  // namespace queuemeter
