// SPDX-License-Identifier: Apache-2.0
#include "harness/call/in_quotes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

TEST(InQuotes, StaysOnOneLine) {
  EXPECT_EQ(in_quotes("a\nb\x1b[1m\x7f"), R"("a\x0ab\x1b[1m\x7f")");
}

TEST(InQuotes, KeepsShortTextsAsTheyAre) {
  EXPECT_EQ(in_quotes(""), R"("")");
  EXPECT_EQ(in_quotes("250\u00b5s"), "\"250\u00b5s\"");
  EXPECT_EQ(in_quotes(std::string(60, 'x')), '"' + std::string(60, 'x') + '"');
}

TEST(InQuotes, CutsLongTextsBetweenTwoCharacters) {
  const std::string text = std::string(59, 'x') + "\u00b5\u00b5";

  EXPECT_EQ(in_quotes(text), '"' + std::string(59, 'x') + "\u2026\"");
}

TEST(InQuotes, CutsAlsoWhatIsNoTextAtAll) {
  EXPECT_LE(in_quotes(std::string(1'000, '\x80')).size(), 300U);
}

}  // namespace
}  // namespace queuemeter
