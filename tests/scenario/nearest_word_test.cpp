// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/nearest_word.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace queuemeter {
namespace {

TEST(EditDistance, CountsInsertionsRemovalsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("measure", "measure"), 0U);
  EXPECT_EQ(edit_distance("mesure", "measure"), 1U);
  EXPECT_EQ(edit_distance("measurre", "measure"), 1U);
  EXPECT_EQ(edit_distance("meazure", "measure"), 1U);
  EXPECT_EQ(edit_distance("maesure", "measure"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // no edits inside a swap
}

TEST(EditDistance, OfVeryLongWordsIsBounded) {
  EXPECT_EQ(edit_distance(std::string(1'000'000, 'a'), "a"), 63U);
  EXPECT_EQ(edit_distance(std::string(1'000, 'a'), std::string(1'000, 'b')), 64U);
}

TEST(NearestWord, IsTheEarlierOfEquals) {
  constexpr std::array<std::string_view, 3> words{"tick", "tack", "pacing"};
  EXPECT_EQ(nearest_word("tock", words), "tick");
  EXPECT_EQ(nearest_word("pace", words), "tack");
  EXPECT_EQ(nearest_word("pacin", words), "pacing");
  EXPECT_EQ(nearest_word("tock", {}), "");
}

}  // namespace
}  // namespace queuemeter
