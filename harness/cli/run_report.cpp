// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/run_report.hpp"

#include "harness/record/result_json.hpp"
#include "harness/report/comparison_table.hpp"
#include "harness/report/run_table.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace queuemeter::cli {

namespace {

/// The direct and the queued run of one rate, side by side.
struct Pair {
  const StudyDocument::Run* direct = nullptr;
  const StudyDocument::Run* queued = nullptr;
};

Rate rate_of(const StudyDocument::Run& run) { return run.document.scenario.traffic.rate; }

/// The pairs of a comparison by falling rate; nothing when one has lost its partner.
std::optional<std::vector<Pair>> pairs_of(const StudyDocument& study) {
  std::vector<Pair> pairs;
  for (const StudyDocument::Run& direct : study.runs) {
    if (direct.document.scenario.path.kind != PathKind::direct) {
      continue;
    }
    for (const StudyDocument::Run& queued : study.runs) {
      if (queued.document.scenario.path.kind == PathKind::queued &&
          rate_of(queued) == rate_of(direct)) {
        pairs.push_back({&direct, &queued});
      }
    }
  }
  if (pairs.empty() || pairs.size() * 2 != study.runs.size()) {
    return std::nullopt;
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& left, const Pair& right) {
    return rate_of(*right.direct) < rate_of(*left.direct);
  });
  return pairs;
}

std::string comparison(const std::vector<Pair>& pairs, const std::string& folder) {
  const PathPair high{pairs.front().direct->document, pairs.front().queued->document};
  const ComparisonPlace place{.folder = folder,
                              .queued_scenario = pairs.front().queued->folder + "/scenario.toml"};
  if (pairs.size() < 2) {
    return comparison_table(high, nullptr, place);
  }
  const PathPair low{pairs.back().direct->document, pairs.back().queued->document};
  return comparison_table(high, &low, place);
}

}  // namespace

std::string run_report(RunPlan::Kind kind, const StudyDocument& study, const std::string& folder) {
  if (kind == RunPlan::Kind::comparison) {
    if (const auto pairs = pairs_of(study)) {
      return comparison(*pairs, folder);
    }
  }
  if (kind == RunPlan::Kind::matrix || kind == RunPlan::Kind::repetition) {
    std::vector<RunDocument> documents;
    for (const StudyDocument::Run& run : study.runs) {
      documents.push_back(run.document);
    }
    return matrix_table(documents, folder);
  }
  std::string text;
  for (const StudyDocument::Run& run : study.runs) {
    text += run_table(run.document, run.folder);
  }
  return text;
}

std::string json_report(RunPlan::Kind kind, const StudyDocument& study) {
  return kind == RunPlan::Kind::single ? to_json(study.runs.front().document) : to_json(study);
}

}  // namespace queuemeter::cli
