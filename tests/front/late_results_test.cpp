// SPDX-License-Identifier: Apache-2.0
#include "harness/front/late_results.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(LateResults, TellALateResultFromASecondOne) {
  LateResults late{4};
  late.remember({.sequence = 7, .planned_at = Instant{Duration{5}}, .class_index = 1});

  const auto first = late.take(7);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->planned_at, Instant{Duration{5}});
  EXPECT_EQ(first->class_index, 1);
  EXPECT_FALSE(late.take(7).has_value());
  EXPECT_FALSE(late.take(8).has_value());
}

TEST(LateResults, RememberTheLastSoMany) {
  LateResults late{3};
  for (std::uint64_t sequence = 0; sequence < 5; ++sequence) {
    late.remember({.sequence = sequence});
    if (sequence == 3) {
      EXPECT_TRUE(late.take(3).has_value());
    }
  }

  EXPECT_FALSE(late.take(1).has_value());
  EXPECT_TRUE(late.take(2).has_value());
  EXPECT_TRUE(late.take(4).has_value());
}

}  // namespace
}  // namespace queuemeter
