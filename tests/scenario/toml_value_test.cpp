// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/toml_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::HasSubstr;

TomlValue document(std::string_view text) { return std::get<TomlValue>(parse_toml(text)); }
TomlFault fault(std::string_view text) {
  TomlReading reading = parse_toml(text);
  const auto* const found = std::get_if<TomlFault>(&reading);
  return found == nullptr ? TomlFault{} : *found;
}

TEST(TomlValue, KeepsItsLineWhenItIsCopied) {
  const TomlValue root = document("[run]\nseed = 1\n\n[queue]\nuse = \"null\"\n");
  const TomlValue copy = *root.find("queue");
  EXPECT_EQ(copy.line, 4U);
  EXPECT_EQ(copy.find("use")->line, 5U);
  EXPECT_EQ(*copy.find("use")->text(), "null");
  EXPECT_EQ(copy.find("seed"), nullptr);
}

TEST(TomlValue, NamesWhatItIs) {
  const TomlValue root =
      document("a = 1\nb = 1.5\nc = true\nd = \"x\"\ne = [1, 2]\nf = {}\ng = 2024-01-01\n");
  const auto kind = [&](std::string_view key) { return kind_of(*root.find(key)); };
  const auto label = [&](std::string_view key) { return to_label(*root.find(key)); };
  EXPECT_EQ(kind("a"), "a whole number");
  EXPECT_EQ(kind("b"), "a number");
  EXPECT_EQ(kind("c"), "true or false");
  EXPECT_EQ(kind("d"), "a text");
  EXPECT_EQ(kind("e"), "a list");
  EXPECT_EQ(kind("f"), "a table");
  EXPECT_EQ(kind("g"), "a date");
  EXPECT_EQ(label("a"), "1");
  EXPECT_EQ(label("b"), "1.5");
  EXPECT_EQ(label("c"), "true");
  EXPECT_EQ(label("d"), "x");
  EXPECT_EQ(label("e"), "[2 values]");
}

TEST(ParseToml, SaysWhereATextIsNotToml) {
  EXPECT_EQ(fault("[run]\nseed 7\n").line, 2U);
  EXPECT_THAT(fault("[run]\nseed 7\n").what, HasSubstr("not TOML"));
  EXPECT_THAT(fault("<?xml?>").what, HasSubstr("not TOML"));
  EXPECT_EQ(fault("a = 1\na = 2\n").line, 2U);
  EXPECT_EQ(fault("a = 1\nb = 99999999999999999999\n").line, 2U);
}

TEST(ParseToml, SaysThatABinaryIsNoText) {
  EXPECT_EQ(fault(std::string_view{"a = 1\n\0\1", 8}).line, 2U);
  EXPECT_THAT(fault(std::string_view{"\x7f"
                                     "ELF\0",
                                     5})
                  .what,
              HasSubstr("binary"));
}

TEST(ParseToml, SaysWhereATextIsNotUtf8) {
  for (const std::string bytes : {"\xff", "\xc0\x80", "\xe9 ", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    const TomlFault found = fault("a = 1\nb = \"" + bytes);
    EXPECT_EQ(found.line, 2U);
    EXPECT_THAT(found.what, HasSubstr("UTF-8"));
  }
  EXPECT_EQ(*document("a = \"\u00b5\u20ac\U0001F600\"").find("a")->text(),
            "\u00b5\u20ac\U0001F600");
}

TEST(ParseToml, RefusesWhatNestsTooDeeplyForAScenario) {
  EXPECT_EQ(fault("\na.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1").what, "");
  EXPECT_EQ(fault("\na.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1").line, 2U);
  EXPECT_THAT(fault("a = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]").what, HasSubstr("too deeply"));
  EXPECT_THAT(fault("#" + std::string(10'001, '.')).what, HasSubstr("10,000 dots"));
}

TEST(OverrideValue, IsTomlWhereItIsTomlAndTextOtherwise) {
  EXPECT_EQ(std::get<std::int64_t>(parse_override_value("5").content), 5);
  EXPECT_EQ(std::get<bool>(parse_override_value("true").content), true);
  EXPECT_EQ(*parse_override_value("5s").text(), "5s");
  EXPECT_EQ(*parse_override_value("\"5\"").text(), "5");
  EXPECT_EQ(*parse_override_value("exponential(1ms)").text(), "exponential(1ms)");
  EXPECT_EQ(*parse_override_value("http://127.0.0.1:1/").text(), "http://127.0.0.1:1/");
  EXPECT_EQ(*parse_override_value("").text(), "");
  EXPECT_EQ(*parse_override_value("2024-01-01").text(), "2024-01-01");
  EXPECT_EQ(parse_override_value("[1, 2]").list()->size(), 2U);
  EXPECT_EQ(parse_override_value("[1, 2]").list()->front().line, 0U);
  EXPECT_EQ(parse_override_value("{ a = 1 }").find("a")->line, 0U);
}

TEST(OverrideValue, DoesNotBringAnotherKeyAlong) {
  EXPECT_EQ(*parse_override_value("5\nother = 6").text(), "5\nother = 6");
}

TEST(SetValue, MakesTheTablesOnItsWay) {
  TomlValue root = document("[run]\nseed = 1\ntick = 2\n");
  EXPECT_TRUE(set_value(root, "run.seed", {std::int64_t{9}, 0}));
  EXPECT_TRUE(set_value(root, "backend.timeouts.whole", {std::string{"1s"}, 0}));
  EXPECT_EQ(to_label(*root.find("run")->find("seed")), "9");
  EXPECT_EQ(to_label(*root.find("run")->find("tick")), "2");
  EXPECT_EQ(to_label(*root.find("backend")->find("timeouts")->find("whole")), "1s");
}

TEST(SetValue, RefusesAPathThatIsNone) {
  TomlValue root = document("seed = 1\n");
  EXPECT_FALSE(set_value(root, "seed.x", {std::int64_t{9}, 0}));
  EXPECT_FALSE(set_value(root, "", {std::int64_t{9}, 0}));
  EXPECT_FALSE(set_value(root, "run.", {std::int64_t{9}, 0}));
  EXPECT_FALSE(set_value(root, ".run", {std::int64_t{9}, 0}));
  EXPECT_FALSE(set_value(root, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", {std::int64_t{9}, 0}));
}

}  // namespace
}  // namespace queuemeter
