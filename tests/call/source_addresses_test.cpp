// SPDX-License-Identifier: Apache-2.0
#include "harness/call/source_addresses.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(SourceAddresses, AreTakenInTurn) {
  const SourceAddresses some = SourceAddresses::parse("127.0.0.254..127.0.1.1").value();
  EXPECT_EQ(some.count, 4U);
  EXPECT_EQ(some.of_turn(0), 0x7F0000FEU);
  EXPECT_EQ(some.of_turn(3), 0x7F000101U);
  EXPECT_EQ(some.of_turn(4), 0x7F0000FEU);
  EXPECT_EQ(some.to_text(), "127.0.0.254..127.0.1.1");
}

TEST(SourceAddresses, OneIsEnough) {
  const SourceAddresses one = SourceAddresses::parse("127.0.0.5").value();
  EXPECT_EQ(one.count, 1U);
  EXPECT_EQ(one.to_text(), "127.0.0.5");
}

TEST(SourceAddresses, RefusesWhatIsNoRange) {
  for (const char* text :
       {"", "..", "127.0.0.1..", "..127.0.0.1", "127.0.0.8..127.0.0.1", "127.0.0.1-127.0.0.8",
        "localhost", "::1", "127.0.0.256", "1.0.0.0..2.0.0.0", "127.0.0.1...127.0.0.8"}) {
    EXPECT_TRUE(SourceAddresses::parse(text).has_error()) << text;
  }
}

}  // namespace
}  // namespace queuemeter
