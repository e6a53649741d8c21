// SPDX-License-Identifier: Apache-2.0
#include "harness/net/text_template.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace queuemeter {
namespace {

const std::array<std::string, 4> places{"call.id", "callback", "", "csv.user"};

class Numbers final : public PlaceFiller {
 public:
  void fill(std::size_t place, std::string& text) const override {
    text += "<" + std::to_string(place) + ">";
  }
};

std::string expanded(std::string_view text) {
  std::string out;
  TextTemplate::parse(text, places).value().expand(out, Numbers{});
  return out;
}

TEST(TextTemplate, FillsItsPlaces) {
  EXPECT_EQ(expanded("/a/{call.id}?to={callback}&u={csv.user}"), "/a/<0>?to=<1>&u=<3>");
  EXPECT_EQ(expanded("{callback}{callback}"), "<1><1>");
  EXPECT_EQ(expanded(""), "");
}

TEST(TextTemplate, TakesOtherBracesForText) {
  for (const char* text : {R"({"id": 7, "of": {"a": {}}})", "{", "}", "{}", "{{", "{callback",
                           "{ callback }", "{user}", "{Callback}", "{call}"}) {
    EXPECT_EQ(expanded(text), text);
  }
  EXPECT_EQ(expanded(R"({"id":"{call.id}"})"), R"({"id":"<0>"})");
  EXPECT_EQ(expanded("{{callback}}"), "{<1>}");
}

TEST(TextTemplate, RefusesAMisspeltPlaceAndNamesThoseThereAre) {
  for (const char* text : {"/{call.sequence}", "{call.Id}", "{csv.name}", "{csv.}"}) {
    const auto parsed = TextTemplate::parse(text, places);
    ASSERT_TRUE(parsed.has_error()) << text;
    EXPECT_NE(parsed.error().what.find("use {call.id}, {callback}, {csv.user}"), std::string::npos)
        << parsed.error().what;
  }
}

TEST(TextTemplate, KnowsWhatItUses) {
  const TextTemplate some = TextTemplate::parse("x{callback}", places).value();
  EXPECT_TRUE(some.uses(1));
  EXPECT_FALSE(some.uses(0));
  EXPECT_FALSE(some.is_constant());
  EXPECT_TRUE(TextTemplate::parse("x", places).value().is_constant());
}

}  // namespace
}  // namespace queuemeter
