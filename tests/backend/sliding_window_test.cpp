// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/sliding_window.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant at(Duration since_start) { return Instant{since_start}; }

TEST(SlidingWindow, LetsThroughAsManyAsTheLimitInAnyWindow) {
  SlidingWindow window{{2, seconds{60}}};

  EXPECT_TRUE(window.admit(at(seconds{0})));
  EXPECT_TRUE(window.admit(at(seconds{50})));
  EXPECT_FALSE(window.admit(at(seconds{59})));
  EXPECT_EQ(window.wait(at(seconds{59})), seconds{1});
  EXPECT_TRUE(window.admit(at(seconds{60})));
  EXPECT_FALSE(window.admit(at(seconds{109})));  // a fixed window would have begun anew at 60
  EXPECT_TRUE(window.admit(at(seconds{110})));
}

TEST(SlidingWindow, WhatIsRefusedDoesNotCount) {
  SlidingWindow window{{1, seconds{1}}};
  EXPECT_TRUE(window.admit(at(seconds{0})));
  for (int tenth = 1; tenth < 10; ++tenth) {
    EXPECT_FALSE(window.admit(at(milliseconds{100 * tenth})));
  }

  EXPECT_EQ(window.wait(at(seconds{1})), Duration{0});
  EXPECT_TRUE(window.admit(at(seconds{1})));
}

TEST(SlidingWindow, ALimitOfNothingLetsNothingThrough) {
  SlidingWindow window{{0, seconds{1}}};

  EXPECT_FALSE(window.admit(at(seconds{0})));
  EXPECT_FALSE(window.admit(at(seconds{1000})));
}

// The definition, looked up in all that was let through: a call passes when fewer than the limit
// passed within the window before it.
TEST(SlidingWindow, IsTheDefinitionForRandomArrivals) {
  constexpr std::uint64_t limit = 30;
  constexpr Duration per = milliseconds{60};
  SlidingWindow window{{limit, per}};
  std::mt19937_64 engine{3};
  std::exponential_distribution<double> gap{1.0 / 1.4e6};  // 43 arrivals in 60 ms
  std::vector<Instant> passed;
  Instant now = at(seconds{5});
  for (int arrival = 0; arrival < 20'000; ++arrival) {
    now += Duration{static_cast<std::int64_t>(gap(engine))};
    std::uint64_t recent = 0;
    for (auto each = passed.rbegin(); each != passed.rend() && now - *each < per; ++each) {
      ++recent;
    }
    const bool passes = window.admit(now);
    ASSERT_EQ(passes, recent < limit) << arrival;
    if (passes) {
      passed.push_back(now);
    }
  }
  EXPECT_LT(passed.size(), 20'000u * 30 / 40);
}

}  // namespace
}  // namespace queuemeter
