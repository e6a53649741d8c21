// SPDX-License-Identifier: Apache-2.0
#include "harness/call/call_id_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::HasSubstr;

TEST(CallIdRule, IsReadAndWrittenAlike) {
  for (const std::string text : {"header:X-Request-Id", "url:/calls/{}", "url:id={}&",
                                 "json:/order/id", "regex:order=([0-9a-f-]+)"}) {
    EXPECT_EQ(CallIdRule::parse(text).value().to_text(), text);
  }
}

TEST(CallIdRule, IsOurOwnHeaderUnlessSomebodySaysOtherwise) {
  EXPECT_EQ(CallIdRule{}.to_text(), "header:X-Queuemeter-Call");
}

TEST(CallIdRule, SaysWhatIsWrongAndHowItIsRight) {
  const auto sentence = [](const char* text) { return CallIdRule::parse(text).error().what; };

  EXPECT_THAT(sentence("cookie:id"), HasSubstr("write header:NAME"));
  EXPECT_THAT(sentence("X-Request-Id"), HasSubstr("write header:NAME"));
  EXPECT_THAT(sentence("header:"), HasSubstr("write header:X-Request-Id"));
  EXPECT_THAT(sentence("header:two words"), HasSubstr("write header:X-Request-Id"));
  EXPECT_THAT(sentence("url:/calls"), HasSubstr("write url:/calls/{}"));
  EXPECT_THAT(sentence("url:/{}/{}"), HasSubstr("{} must stand once"));
  EXPECT_THAT(sentence("json:order"), HasSubstr("write json:/order/id"));
  EXPECT_THAT(sentence("regex:("), HasSubstr("write regex:order="));
  EXPECT_THAT(sentence("regex:order"), HasSubstr("it needs one group"));
}

}  // namespace
}  // namespace queuemeter
