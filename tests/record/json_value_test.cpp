// SPDX-License-Identifier: Apache-2.0
#include "harness/record/json_value.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace queuemeter {
namespace {

TEST(Json, MembersKeepTheirOrder) {
  const Json json = Json::object({{"z", 1}, {"a", Json::array({true, nullptr, "x"})}});

  EXPECT_EQ(json.line(), R"({"z":1,"a":[true,null,"x"]})");
}

TEST(Json, ANumberThatIsNotFiniteIsNull) {
  EXPECT_EQ(Json(std::numeric_limits<double>::quiet_NaN()).line(), "null");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).line(), "null");
  EXPECT_EQ(Json(0.1).line(), "0.1");
}

TEST(Json, ARealNumberSurvivesToTheLastBit) {
  for (const double value : {1.0 / 3.0, 1e-300, 6.02214076e23, -0.0, 123456789.123456789}) {
    std::string error;
    const Json back = parse_json(Json(value).line(), error);

    EXPECT_EQ(back.number(), value) << error;
  }
}

TEST(Json, BytesThatAreNotUtf8AreReplaced) {
  std::string error;
  const Json back = parse_json(Json(std::string{"a\xff\"b\n"}).line(), error);

  ASSERT_NE(back.if_text(), nullptr) << error;
  EXPECT_EQ(*back.if_text(), "a\xef\xbf\xbd\"b\n");
}

TEST(Json, AnIntegerBeyond63BitsIsNoWholeNumber) {
  std::string error;

  EXPECT_EQ(parse_json("18446744073709551615", error).whole_number(), std::nullopt);
  EXPECT_EQ(parse_json("9223372036854775807", error).whole_number(),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("1e30", error).whole_number(), std::nullopt);
}

TEST(Json, APageReadsBackToTheSameValue) {
  const Json json = Json::object(
      {{"list", Json::array({Json::object({{"a", 1}}), Json::array(), Json::object()})},
       {"text", std::string(200, 'x')}});
  std::string error;

  EXPECT_EQ(parse_json(json.page(), error), json);
  EXPECT_EQ(error, "");
}

TEST(Json, WhatIsCutOrTooDeepOrTooWideIsAnError) {
  std::string wide = "{";
  for (int i = 0; i < 1'001; ++i) {
    wide += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
  }
  const std::string texts[] = {"",        "{",     "{\"a\":1",          "[1,2",
                               "nul",     "{} {}", "{\"a\":1,\"a\":2}", std::string(100'000, '['),
                               wide + "}"};
  for (const std::string& text : texts) {
    std::string error;

    EXPECT_TRUE(parse_json(text, error).is_null()) << text.substr(0, 40);
    EXPECT_NE(error, "") << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace queuemeter
