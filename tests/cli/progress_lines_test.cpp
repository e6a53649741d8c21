// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace queuemeter::cli {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A tenth of a second in which 60 calls were offered, 40 done in 20 ms each and 5 rejected.
Tick tenth(std::uint64_t number, const std::string& stage = "measure") {
  Tick tick;
  tick.number = number;
  tick.from = Instant{milliseconds{100} * number};
  tick.to = tick.from + milliseconds{100};
  tick.stage = stage;
  LedgerCounts& counts = tick.counts[static_cast<std::size_t>(Phase::measure)];
  counts.planned = 60;
  counts.offered = 60;
  counts.outcomes[static_cast<std::size_t>(Outcome::completed)] = 40;
  counts.outcomes[static_cast<std::size_t>(Outcome::rejected)] = 5;
  tick.gauges.backlog = 150;
  tick.gauges.in_flight = 158;
  tick.completion = {{coarse_bucket_of(milliseconds{20}), 40}};
  return tick;
}

class ProgressLinesTest : public testing::Test {
 protected:
  void feed(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number < to; ++number) {
      lines_.ticked(tenth(number), scenario_);
    }
  }

  std::vector<std::string> printed_;
  Scenario scenario_;
  ProgressLines lines_{[this](const std::string& line) { printed_.push_back(line); }};
};

TEST_F(ProgressLinesTest, OneLineASecond) {
  feed(0, 9);
  EXPECT_THAT(printed_, IsEmpty());

  feed(9, 35);
  EXPECT_THAT(printed_, SizeIs(3));
}

TEST_F(ProgressLinesTest, SaysRatesOfThatSecondAndTheBacklog) {
  feed(0, 20);

  ASSERT_THAT(printed_, SizeIs(2));
  for (const char* part : {"2.0 s", "measure", "600/s", "400/s", "50/s", "backlog 150"}) {
    EXPECT_THAT(printed_[1], HasSubstr(part));
  }
}

TEST_F(ProgressLinesTest, APercentileNeedsTenSamplesBeyondIt) {
  feed(0, 10);  // 400 samples in a second: 4 beyond p99, 40 beyond p90
  EXPECT_THAT(printed_.back(), HasSubstr("p90 20.1 ms"));  // the end of the bucket

  Tick busy = tenth(20);
  busy.from = Instant{milliseconds{1'000}};
  busy.to = Instant{milliseconds{2'000}};
  busy.completion = {{coarse_bucket_of(milliseconds{30}), 1'000}};
  lines_.ticked(busy, scenario_);
  EXPECT_THAT(printed_.back(), HasSubstr("p99   30 ms"));  // of that second alone

  Tick idle = tenth(30);
  idle.from = Instant{milliseconds{2'000}};
  idle.to = Instant{milliseconds{3'000}};
  idle.completion = {{coarse_bucket_of(milliseconds{30}), 12}};
  lines_.ticked(idle, scenario_);
  EXPECT_THAT(printed_.back(), HasSubstr("p99       -"));
}

TEST_F(ProgressLinesTest, WithoutAQueueItSaysWhatIsInFlight) {
  scenario_.path.kind = PathKind::direct;

  feed(0, 10);

  EXPECT_THAT(printed_.back(), HasSubstr("in flight 158"));
  EXPECT_THAT(printed_.back(), Not(HasSubstr("backlog")));
}

}  // namespace
}  // namespace queuemeter::cli
