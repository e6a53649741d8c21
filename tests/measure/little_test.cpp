// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/little.hpp"

#include <gtest/gtest.h>

#include <random>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;

constexpr Instant at(std::int64_t ms) { return Instant{milliseconds{ms}}; }

TEST(FlowIntegral, OneCallAllTheTimeIsOneOnAverage) {
  FlowIntegral flow{at(0), at(1000)};
  flow.passed(at(0), at(1000));

  EXPECT_DOUBLE_EQ(flow.time_average(), 1.0);
}

TEST(FlowIntegral, OnlyThePartOfAStayInTheWindowCounts) {
  FlowIntegral flow{at(100), at(200)};
  flow.passed(at(50), at(150));   // 50 ms in it
  flow.passed(at(175), at(900));  // 25 ms
  flow.passed(at(0), at(99));     // before
  flow.passed(at(200), at(201));  // after
  flow.remained(at(190));         // 10 ms
  flow.passed(at(0), at(300));    // all of it

  EXPECT_DOUBLE_EQ(flow.time_average(), 1.85);
  EXPECT_EQ(flow.completed_in_window(), 1.0);
  EXPECT_DOUBLE_EQ(flow.mean_time_s(), 0.1);
  EXPECT_DOUBLE_EQ(flow.edge_s(), 0.050 + 0.025 + 0.010 + 0.100);
  EXPECT_EQ(flow.at_window_start(), 2U);
  EXPECT_EQ(flow.at_window_end(), 4U);
}

TEST(FlowIntegral, AnEmptyOneIsZeroEverywhere) {
  const FlowIntegral flow{at(0), at(0)};

  EXPECT_EQ(flow.time_average(), 0.0);
  EXPECT_EQ(flow.mean_time_s(), 0.0);
}

TEST(FlowIntegral, EqualsTheNumberInTheSystemAddedUpEventByEvent) {
  std::mt19937_64 engine{3};
  const std::int64_t from = 200;
  const std::int64_t to = 800;
  FlowIntegral flow{at(from), at(to)};
  std::vector<std::int64_t> change(2001, 0);
  for (int n = 0; n < 500; ++n) {
    const auto entered = static_cast<std::int64_t>(engine() % 1000);
    const auto left = entered + static_cast<std::int64_t>(engine() % 1000);
    flow.passed(at(entered), at(left));
    ++change[static_cast<std::size_t>(entered)];
    --change[static_cast<std::size_t>(left)];
  }

  std::int64_t inside = 0;
  std::int64_t integral = 0;
  for (std::int64_t ms = 0; ms < to; ++ms) {
    inside += change[static_cast<std::size_t>(ms)];
    integral += ms >= from ? inside : 0;
  }
  EXPECT_DOUBLE_EQ(flow.time_average(),
                   static_cast<double>(integral) / static_cast<double>(to - from));
}

TEST(FlowIntegral, PartsOfSeveralThreadsAddUp) {
  FlowIntegral whole{at(0), at(100)};
  FlowIntegral one{at(0), at(100)};
  FlowIntegral two{at(0), at(100)};
  for (int n = 0; n < 100; ++n) {
    whole.passed(at(n), at(n + 7));
    (n % 3 == 0 ? one : two).passed(at(n), at(n + 7));
  }

  one += two;

  EXPECT_EQ(one.time_average(), whole.time_average());
  EXPECT_EQ(one.completed_in_window(), whole.completed_in_window());
  EXPECT_EQ(one.mean_time_s(), whole.mean_time_s());
  EXPECT_EQ(one.at_window_end(), whole.at_window_end());
}

TEST(FlowIntegral, LittlesLawHoldsForASteadyFlow) {
  // A call every millisecond that stays 5 ms, long before and after the window.
  FlowIntegral flow{at(1000), at(2000)};
  for (int n = 0; n < 3000; ++n) {
    flow.passed(at(n), at(n + 5));
  }

  const double rate = flow.completed_in_window() / 1.0;
  EXPECT_DOUBLE_EQ(flow.time_average(), rate * flow.mean_time_s());
}

}  // namespace
}  // namespace queuemeter
