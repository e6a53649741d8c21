// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/two_columns.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace queuemeter::cli {
namespace {

TEST(TwoColumns, PutsTheTextAtTheMargin) {
  EXPECT_EQ(two_columns("  --rate", 12, "how many calls"), "  --rate    how many calls\n");
}

TEST(TwoColumns, ALabelThatReachesTheMarginGetsItsOwnLine) {
  EXPECT_EQ(two_columns("abcd", 4, "text"), "abcd\n    text\n");
}

TEST(TwoColumns, BreaksBetweenWordsBeforeTheLineIsTooWide) {
  std::string text;
  for (int word = 0; word < 60; ++word) {
    text += (word == 0 ? "" : " ") + std::string{"word"};
  }

  std::istringstream lines{two_columns("label", 10, text)};

  std::size_t words = 0;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_LE(line.size(), widest_line);
    EXPECT_GT(line.size(), count < 3 ? widest_line - 5 : 10u) << "broken too early";
    EXPECT_FALSE(line.ends_with(' '));
    EXPECT_EQ(line.substr(0, 10), count == 0 ? "label     " : std::string(10, ' '));
    for (std::size_t at = line.find("word"); at != std::string::npos;
         at = line.find("word", at + 1)) {
      ++words;
    }
  }
  EXPECT_EQ(words, 60u);
}

TEST(TwoColumns, AWordWiderThanALineIsLeftWhole) {
  const std::string path(150, 'x');

  EXPECT_EQ(two_columns("a", 4, path + " b"), "a   " + path + "\n    b\n");
}

}  // namespace
}  // namespace queuemeter::cli
