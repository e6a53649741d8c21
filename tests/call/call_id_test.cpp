// SPDX-License-Identifier: Apache-2.0
#include "harness/call/call_id.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace queuemeter {
namespace {

TEST(CallId, IsWrittenInHexadecimalAndReadBack) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const CallId& id : {CallId{0, 0}, CallId{0xABCDEF, 10}, CallId{most, most}}) {
    std::string text;
    append_call_id(text, id);
    EXPECT_LE(text.size(), longest_call_id);
    EXPECT_EQ(parse_call_id(text), id) << text;
  }
  std::string text = "id=";
  append_call_id(text, {0xABCDEF, 10});
  EXPECT_EQ(text, "id=abcdef-a");
}

TEST(CallId, HasOneFormOnly) {
  for (const char* text : {"", "-", "1", "1-", "-1", "1-2-3", "1-2 ", " 1-2", "01-2", "1-02", "A-1",
                           "1-B", "g-1", "0x1-2", "+1-2", "11112222333344445-1", "1-2\n"}) {
    EXPECT_EQ(parse_call_id(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_call_id("0-0"), (CallId{0, 0}));
}

}  // namespace
}  // namespace queuemeter
