// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/allocation_count.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace queuemeter {
namespace {

TEST(AllocationCount, UnderASanitizerNothingIsCountedAndThatIsSaid) {
  const auto memory = std::make_unique<int>(1);

  EXPECT_FALSE(allocations_are_counted());
  EXPECT_EQ(thread_allocations(), 0U) << *memory;
}

}  // namespace
}  // namespace queuemeter
