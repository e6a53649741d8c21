// SPDX-License-Identifier: Apache-2.0
#include "harness/front/result_lines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

std::optional<ToldResult> read(const std::string& lines) {
  return read_result_lines(HttpFields{lines});
}

TEST(ResultLines, AreReadAsTheyWereWritten) {
  ToldResult told;
  told.outcome = Outcome::failed;
  told.reason = Reason::backend_error;
  told.at.taken_at = Instant{Duration{11}};
  told.at.replied_at = Instant{Duration{33}};
  std::string lines;

  append_result_lines(told, lines);

  const auto back = read("Content-Type: text/plain\r\n" + lines);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->outcome, Outcome::failed);
  EXPECT_EQ(back->reason, Reason::backend_error);
  EXPECT_EQ(back->at.taken_at, Instant{Duration{11}});
  EXPECT_FALSE(is_observed(back->at.called_at));
  EXPECT_EQ(back->at.replied_at, Instant{Duration{33}});
}

TEST(ResultLines, OfASiteThatSaysNothingMeanCompleted) {
  const auto told = read("Content-Type: text/plain\r\n");

  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->outcome, Outcome::completed);
  EXPECT_FALSE(is_observed(told->at.replied_at));
}

TEST(ResultLines, ThatContradictThemselvesAreNoResult) {
  EXPECT_FALSE(read("X-Queuemeter-Outcome: wonderful\r\n").has_value());
  EXPECT_FALSE(read("X-Queuemeter-Outcome: failed\r\nX-Queuemeter-Reason: tired\r\n").has_value());
  EXPECT_FALSE(read("X-Queuemeter-Outcome: completed\r\nX-Queuemeter-Reason: backend_error\r\n")
                   .has_value());
}

TEST(ResultLines, AnInstantThatIsNoneIsNotObserved) {
  const auto told = read("X-Queuemeter-Taken: soon\r\nX-Queuemeter-Called: -5\r\n");

  ASSERT_TRUE(told.has_value());
  EXPECT_FALSE(is_observed(told->at.taken_at));
  EXPECT_FALSE(is_observed(told->at.called_at));
}

}  // namespace
}  // namespace queuemeter
