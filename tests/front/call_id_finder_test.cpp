// SPDX-License-Identifier: Apache-2.0
#include "harness/front/call_id_finder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

constexpr std::uint64_t run_id = 0xABC;

std::optional<std::uint64_t> find(const std::string& rule, const std::string& target,
                                  const std::string& lines = "", const std::string& body = "") {
  const CallIdFinder finder{CallIdRule::parse(rule).value(), run_id};
  HttpRequest request;
  request.method = "POST";
  request.target = target;
  request.fields = HttpFields{lines};
  request.body = body;
  return finder.find(request);
}

TEST(CallIdFinder, FindsItInAHeader) {
  EXPECT_EQ(find("header:X-Request-Id", "/", "x-request-ID: abc-1f\r\n"), 31U);
  EXPECT_FALSE(find("header:X-Request-Id", "/", "X-Other: abc-1f\r\n").has_value());
}

TEST(CallIdFinder, FindsItInTheTarget) {
  EXPECT_EQ(find("url:/orders/{}", "/api/orders/abc-2?fast=1"), 2U);
  EXPECT_EQ(find("url:/orders/{}/bill", "/orders/abc-3/bill"), 3U);
  EXPECT_EQ(find("url:id={}&", "/orders?id=abc-4&x=1"), 4U);
  EXPECT_FALSE(find("url:/orders/{}/bill", "/orders/abc-3/pay").has_value());
  EXPECT_FALSE(find("url:/orders/{}", "/nothing").has_value());
}

TEST(CallIdFinder, FindsItInJson) {
  EXPECT_EQ(find("json:/order/id", "/", "", R"({"order": {"id": "abc-5"}})"), 5U);
  EXPECT_EQ(find("json:/order/id", "/", "", R"({"order": {"id": 6}})"), 6U);
  EXPECT_FALSE(find("json:/order/id", "/", "", R"({"order": 7})").has_value());
  EXPECT_FALSE(find("json:/order/id", "/", "", R"({"order": {"id": [8]}})").has_value());
  EXPECT_FALSE(find("json:/order/id", "/", "", "no JSON").has_value());
}

TEST(CallIdFinder, FindsItByAnExpression) {
  EXPECT_EQ(find("regex:call ([0-9a-f-]+)", "/", "", "this is call abc-9."), 9U);
  EXPECT_EQ(find("regex:id=([0-9]+)", "/x?id=10", "", "id=11"), 10U);
  EXPECT_FALSE(find("regex:id=([0-9]+)", "/", "", "none").has_value());
}

TEST(CallIdFinder, TakesNoCallOfAnotherRunAndNothingThatIsNone) {
  EXPECT_FALSE(find("header:Id", "/", "Id: abd-1\r\n").has_value());
  EXPECT_FALSE(find("header:Id", "/", "Id: abc-\r\n").has_value());
  EXPECT_FALSE(find("header:Id", "/", "Id:\r\n").has_value());
  EXPECT_EQ(find("header:Id", "/", "Id: 12\r\n"), 12U) << "a sequence alone";
}

}  // namespace
}  // namespace queuemeter
