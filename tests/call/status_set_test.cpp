// SPDX-License-Identifier: Apache-2.0
#include "harness/call/status_set.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(StatusSet, IsSuccessUnlessSomebodySaysOtherwise) {
  const StatusSet set;
  EXPECT_TRUE(set.contains(200));
  EXPECT_TRUE(set.contains(299));
  EXPECT_FALSE(set.contains(199));
  EXPECT_FALSE(set.contains(300));
  EXPECT_EQ(set.to_text(), "2xx");
}

TEST(StatusSet, HoldsCodesAndHundreds) {
  const StatusSet set = StatusSet::parse("200, 3xx,404").value();
  for (const unsigned good : {200U, 300U, 399U, 404U}) {
    EXPECT_TRUE(set.contains(good)) << good;
  }
  for (const unsigned bad : {0U, 100U, 201U, 400U, 405U, 999U, 4'000'000'000U}) {
    EXPECT_FALSE(set.contains(bad)) << bad;
  }
  EXPECT_EQ(StatusSet::parse(set.to_text()).value(), set);
}

TEST(StatusSet, RefusesWhatIsNoStatus) {
  for (const char* text : {"", "2x", "xxx", "600", "100", "1xx", "2xx,", ",200", "2000", "ok",
                           "2x4", "200;201", "-200"}) {
    const auto set = StatusSet::parse(text);
    ASSERT_TRUE(set.has_error()) << text;
    EXPECT_NE(set.error().what.find("2xx,3xx"), std::string::npos);
  }
}

}  // namespace
}  // namespace queuemeter
