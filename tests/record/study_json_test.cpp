// SPDX-License-Identifier: Apache-2.0
#include "harness/record/study_json.hpp"

#include "harness/record/result_json.hpp"
#include "tests/record/sample_runs.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

StudyDocument study() {
  StudyDocument document;
  document.kind = "comparison";
  document.label = "direct and queued";
  document.started_at = "2026-03-01T10:00:00Z";
  document.exit_code = 1;
  document.runs.push_back({"queuemeter-runs/1/direct", sample_runs::direct_overloaded()});
  document.runs.push_back({"", sample_runs::queued_overloaded()});
  return document;
}

TEST(StudyJson, AStudyReadsBackWithAllItsRuns) {
  const std::string text = to_json(study());

  const Result<StudyDocument> back = study_document_from_json(text);

  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(back.value()), text);
  ASSERT_EQ(back.value().runs.size(), 2u);
  EXPECT_EQ(back.value().runs[0].folder, "queuemeter-runs/1/direct");
  EXPECT_EQ(back.value().runs[1].folder, "");
  EXPECT_EQ(to_json(back.value().runs[1].document), to_json(sample_runs::queued_overloaded()));
  EXPECT_EQ(back.value().exit_code, 1);
}

TEST(StudyJson, AnErrorNamesTheRun) {
  std::string text = to_json(study());
  const std::size_t second = text.rfind("\"cpus\": 2");
  ASSERT_NE(second, std::string::npos);
  text.replace(second, 9, "\"cpus\": []");

  const Result<StudyDocument> back = study_document_from_json(text);

  ASSERT_FALSE(back);
  EXPECT_NE(back.error().what.find("run 2: "), std::string::npos) << back.error().what;
  EXPECT_NE(back.error().what.find("machine.cpus"), std::string::npos) << back.error().what;
}

TEST(StudyJson, AResultIsNoStudy) {
  const Result<StudyDocument> back =
      study_document_from_json(to_json(sample_runs::direct_at_ease()));

  ASSERT_FALSE(back);
  EXPECT_NE(back.error().what.find("queuemeter.result/1"), std::string::npos);
}

}  // namespace
}  // namespace queuemeter
