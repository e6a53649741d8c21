// SPDX-License-Identifier: Apache-2.0
#include "harness/net/data_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

DataTable table_of(std::string_view text) { return DataTable::parse(text, "users.csv").value(); }

TEST(DataTable, GivesRowsInTurn) {
  const DataTable table = table_of("user,mail\nann,ann@example.org\r\nbob,\n");
  EXPECT_THAT(table.columns(), ElementsAre("user", "mail"));
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.of_turn(0, 0), "ann");
  EXPECT_EQ(table.of_turn(1, 0), "bob");
  EXPECT_EQ(table.of_turn(1, 1), "");
  EXPECT_EQ(table.of_turn(2, 1), "ann@example.org");
}

TEST(DataTable, ReadsQuotedFields) {
  const DataTable table = table_of(
      "\xEF\xBB\xBF"
      "a,\"b c\"\n\"x, \"\"y\"\"\nz\",2");
  EXPECT_THAT(table.columns(), ElementsAre("a", "b c"));
  EXPECT_EQ(table.of_turn(0, 0), "x, \"y\"\nz");
  EXPECT_EQ(table.of_turn(0, 1), "2");
}

TEST(DataTable, SkipsEmptyLinesAndNeedsNoLastLineFeed) {
  const DataTable table = table_of("a\n\n1\r\n\r\n2");
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.of_turn(1, 0), "2");
}

TEST(DataTable, FindsUnfitFields) {
  const DataTable table = table_of("a,b\n1,x y\n");
  const auto is_blank = [](char byte) { return byte == ' '; };
  EXPECT_FALSE(table.has(0, is_blank));
  EXPECT_TRUE(table.has(1, is_blank));
}

std::string fault_of(std::string_view text) {
  const auto table = DataTable::parse(text, "users.csv");
  return table.has_error() ? table.error().what : "";
}

TEST(DataTable, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(fault_of(""), HasSubstr("users.csv: holds no rows"));
  EXPECT_THAT(fault_of("a,b\n"), HasSubstr("holds no rows"));
  EXPECT_THAT(fault_of("a,b\n1,2\n\n3\n"), HasSubstr("users.csv:4: has 1 fields under 2 names"));
  EXPECT_THAT(fault_of("a\n\"1"), HasSubstr("quote"));
  EXPECT_THAT(fault_of("a\n\"1\"2\n3"), HasSubstr("quote"));
  EXPECT_THAT(DataTable::read("/no/such/file.csv").error().what, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace queuemeter
