// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/recorder.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;

constexpr Instant at(int ms) { return Instant{milliseconds{ms}}; }

TEST(Recorder, KeepsPhasesAndSpansApart) {
  Recorder recorder{"offerer"};
  recorder.record(Phase::measure, Span::service, at(1), at(3));
  recorder.record(Phase::warm_up, Span::service, at(1), at(2));

  EXPECT_EQ(recorder.histogram(Phase::measure, Span::service).count(), 1U);
  EXPECT_EQ(Histogram::index_of(milliseconds{2}),
            Histogram::index_of(recorder.histogram(Phase::measure, Span::service).max()));
  EXPECT_EQ(recorder.histogram(Phase::warm_up, Span::service).count(), 1U);
  EXPECT_EQ(recorder.histogram(Phase::measure, Span::completion).count(), 0U);
}

TEST(Recorder, ASpanThatNobodySawIsNullAndNotZero) {
  Recorder recorder{"offerer"};
  recorder.record(Phase::measure, Span::queueing, unobserved, at(1));
  recorder.record(Phase::measure, Span::queueing, at(1), unobserved);

  EXPECT_EQ(recorder.histogram(Phase::measure, Span::queueing).count(), 0U);
  EXPECT_EQ(recorder.negative_spans(), 0U);
}

TEST(Recorder, ANegativeSpanIsAClockFaultAndNotASample) {
  Recorder recorder{"offerer"};
  recorder.record(Phase::measure, Span::service, at(2), at(1));
  recorder.record(Phase::measure, Span::service, at(2), at(2));

  EXPECT_EQ(recorder.negative_spans(), 1U);
  EXPECT_EQ(recorder.histogram(Phase::measure, Span::service).count(), 1U);
}

TEST(Recorders, MergeIsTheSumOfAllThreads) {
  Recorders recorders{4};
  Recorder& one = recorders.add("one");
  Recorder& two = recorders.add("two");
  {
    const std::jthread first{[&] {
      for (int n = 0; n < 10'000; ++n) {
        one.record(Phase::measure, Span::completion, at(0), at(n));
      }
    }};
    const std::jthread second{[&] {
      for (int n = 0; n < 5'000; ++n) {
        two.record(Phase::measure, Span::completion, at(0), at(n));
      }
      two.record(Phase::measure, Span::completion, at(1), at(0));
    }};
    // Read while they write: a snapshot, never a torn one.
    EXPECT_LE(recorders.merged(Phase::measure, Span::completion).count(), 15'000U);
  }

  EXPECT_EQ(recorders.merged(Phase::measure, Span::completion).count(), 15'000U);
  EXPECT_EQ(recorders.merged(Phase::warm_up, Span::completion).count(), 0U);
  EXPECT_EQ(recorders.negative_spans(), 1U);
}

TEST(Recorders, AllowFourForEachCore) {
  EXPECT_EQ(Recorders{}.limit(), 4 * std::thread::hardware_concurrency());
}

TEST(RecordersDeathTest, BeyondTheLimitTheProgramSaysWhoAsked) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Recorders recorders{1};
  (void)recorders.add("settler");

  EXPECT_DEATH((void)recorders.add("worker 17"), "worker 17 is beyond the limit of 1");
}

}  // namespace
}  // namespace queuemeter
