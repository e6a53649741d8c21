// SPDX-License-Identifier: Apache-2.0
#include "harness/report/columns.hpp"

#include "tests/report/golden_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace queuemeter {
namespace {

TEST(Page, WordsAreBrokenAtAHundredColumnsAndIndented) {
  Page page;
  page.paragraph(std::string(60, 'a') + " " + std::string(60, 'b') + "  c", 3);

  EXPECT_EQ(page.text(), std::string(60, 'a') + "\n   " + std::string(60, 'b') + "  c\n");
}

TEST(Page, BlanksInsideALineAreKeptAndAtItsEndAreNot) {
  Page page;
  page.paragraph("  two  words   ");

  EXPECT_EQ(page.text(), "  two  words\n");
}

TEST(Page, AWordLongerThanAPageIsBrokenAndNotLost) {
  Page page;
  page.paragraph("x " + std::string(250, 'y'), 4);

  expect_page(page.text());
  EXPECT_EQ(std::count(page.text().begin(), page.text().end(), 'y'), 250);
}

TEST(Page, CellsAreAlignedToTheRight) {
  Page page;
  page.row("label", 8, {"1", "22"}, 5);

  EXPECT_EQ(page.text(), "label       1   22\n");
}

TEST(Page, ALabelOrCellThatIsTooLongMovesTheRestToItsOwnLine) {
  Page page;
  page.row("a label too long", 8, {"1", "123456"}, 6);

  EXPECT_EQ(page.text(), "a label too long\n             1\n              123456\n");
}

TEST(Page, NoTextIsNoLine) {
  Page page;
  page.paragraph("");
  page.paragraph("   ");

  EXPECT_EQ(page.text(), "");
}

}  // namespace
}  // namespace queuemeter
