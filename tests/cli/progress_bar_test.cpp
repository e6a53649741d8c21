// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress_bar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter::cli {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

Tick tenth(std::uint64_t number) {
  Tick tick;
  tick.number = number;
  tick.from = Instant{milliseconds{100} * number};
  tick.to = tick.from + milliseconds{100};
  tick.stage = "measure";
  LedgerCounts& counts = tick.counts[static_cast<std::size_t>(Phase::measure)];
  counts.planned = 60;
  counts.offered = 60;
  counts.outcomes[static_cast<std::size_t>(Outcome::completed)] = 40;
  counts.outcomes[static_cast<std::size_t>(Outcome::rejected)] = 5;
  tick.gauges.backlog = 150;
  tick.completion = {{coarse_bucket_of(milliseconds{20}), 40}};
  return tick;
}

class ProgressBarTest : public testing::Test {
 protected:
  ProgressBarTest() {
    scenario_.run.warm_up = std::chrono::seconds{1};
    scenario_.run.measure = std::chrono::seconds{3};
    bar_.emplace([this](const std::string& text) { written_.push_back(text); },
                 [this] { return width_; });
  }
  void feed(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number < to; ++number) {
      bar_->ticked(tenth(number), scenario_);
    }
  }
  /// What a terminal shows of a text that begins with a carriage return and ends with an erasure.
  static std::string shown(const std::string& text) {
    EXPECT_TRUE(text.starts_with("\r")) << text;
    EXPECT_TRUE(text.ends_with("\x1b[K")) << text;
    return text.substr(1, text.size() - 4);
  }

  std::vector<std::string> written_;
  std::size_t width_ = 120;
  Scenario scenario_;
  std::optional<ProgressBar> bar_;
};

TEST_F(ProgressBarTest, TellsHowFarItIsAndWhatTheLastSecondWasLike) {
  feed(0, 20);

  const std::string line = shown(written_.back());
  for (const char* part : {"[######------]", "2/4 s", "measure", "600/s sent", "400/s done",
                           "p90 20.1 ms", "50/s dropped", "backlog 150"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
}

TEST_F(ProgressBarTest, IsRewrittenInPlaceAndNeverBreaksALine) {
  feed(0, 40);

  EXPECT_EQ(written_.size(), 40u);
  for (const std::string& text : written_) {
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST_F(ProgressBarTest, IsNeverWiderThanTheTerminalEvenWhenThatShrinks) {
  for (const std::size_t width : {120u, 60u, 20u, 1u, 0u}) {
    width_ = width;
    written_.clear();
    feed(0, 20);
    for (const std::string& text : written_) {
      EXPECT_LT(shown(text).size(), std::max<std::size_t>(width, 1)) << text;
    }
  }
}

TEST_F(ProgressBarTest, LeavesAnEmptyLineBehind) {
  feed(0, 1);
  written_.clear();

  bar_.reset();

  EXPECT_EQ(written_, (std::vector<std::string>{"\r\x1b[K"}));
}

TEST_F(ProgressBarTest, WritesNothingWhereNothingRan) {
  bar_.reset();

  EXPECT_TRUE(written_.empty());
}

TEST(TerminalWidth, OfSomethingThatIsNoTerminalIsNone) {
  EXPECT_EQ(terminal_width(-1), std::nullopt);
}

}  // namespace
}  // namespace queuemeter::cli
