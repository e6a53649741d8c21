// SPDX-License-Identifier: Apache-2.0
#include "harness/report/validity_text.hpp"

#include "harness/judge/judge.hpp"
#include "tests/record/sample_runs.hpp"
#include "tests/report/golden_text.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(ValidityText, AValidRunNeedsNoWords) {
  RunDocument run = sample_runs::queued_at_ease();
  judge(run);

  EXPECT_EQ(validity_text(run), "");
  EXPECT_EQ(label_text(run), "");
}

TEST(ValidityText, EachCheckThatWarnsOrFailsSaysWhatToDo) {
  RunDocument run = sample_runs::queued_at_ease();
  run.latency[static_cast<std::size_t>(Span::lateness)].value().p99 = std::chrono::milliseconds{9};
  run.clock.over_range = 4;
  judge(run);

  expect_golden("validity.txt", validity_text(run, "queued at 300/s: "));
}

TEST(ValidityText, OtherBuildsAndRunsChangedByHandAreLabelled) {
  RunDocument run = sample_runs::queued_at_ease();
  run.build.preset = "asan";
  run.altered = true;
  judge(run);

  EXPECT_EQ(validity_text(run), "");
  EXPECT_NE(label_text(run).find("build \"asan\""), std::string::npos);
  EXPECT_NE(label_text(run).find("NOTE altered"), std::string::npos);
  expect_page(label_text(run));
}

}  // namespace
}  // namespace queuemeter
