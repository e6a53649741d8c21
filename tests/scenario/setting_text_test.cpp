// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/setting_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Pacing, IsReadWithItsSpan) {
  EXPECT_EQ(parse_pacing("timer").value(), Pacing{});
  EXPECT_EQ(parse_pacing("spin:50us").value(), (Pacing{Pacing::Kind::spin, 50us}));
  EXPECT_EQ(parse_pacing("coalesce:100ms").value(), (Pacing{Pacing::Kind::coalesce, 100ms}));
}

TEST(Pacing, IsReadBackFromItsText) {
  for (const std::string text : {"timer", "spin:50us", "spin:1ns", "coalesce:1ms"}) {
    EXPECT_EQ(to_scenario_text(parse_pacing(text).value()), text);
  }
}

TEST(Pacing, ThatIsNoneIsAnsweredWithWhatWouldBeRight) {
  for (const std::string text :
       {"", "spin", "spin:", "spin:50", "spin:0s", "spin:-1us", "spin:101ms", "coalesce",
        "coalesce:1", "timer:5ms", "Timer", "sleep:1ms"}) {
    const auto pacing = parse_pacing(text);
    ASSERT_TRUE(pacing.has_error()) << text;
    EXPECT_THAT(pacing.error().what,
                HasSubstr("use timer, spin:50us or coalesce:1ms, up to 100ms"));
  }
}

TEST(Swing, IsReadBackFromItsText) {
  const Swing swing = parse_swing("1k/s..3k/s").value();
  EXPECT_EQ(swing.least, Rate::per_second(1'000));
  EXPECT_EQ(swing.most, Rate::per_second(3'000));
  EXPECT_EQ(to_scenario_text(swing), "1000/s..3000/s");
  EXPECT_EQ(to_scenario_text(parse_swing("0.5/s..100M/s").value()), "0.5/s..100000000/s");
}

TEST(Swing, ThatIsNoneIsAnsweredWithWhatWouldBeRight) {
  for (const std::string text : {"", "1k/s", "..", "1k/s..", "..1k/s", "3k/s..1k/s", "1k/s..1k/s",
                                 "0/s..1k/s", "1k/s..101M/s", "1k..3k", "1k/s...3k/s"}) {
    const auto swing = parse_swing(text);
    ASSERT_TRUE(swing.has_error()) << text;
    EXPECT_THAT(swing.error().what, HasSubstr("write it like 1k/s..3k/s, up to 100M/s"));
  }
}

}  // namespace
}  // namespace queuemeter
