// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/record/run_document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

inline constexpr std::string_view study_schema = "queuemeter.study/1";

/// Many runs that belong together: a comparison of paths, a matrix.
struct StudyDocument {
  std::string kind;        ///< "comparison", "matrix", "repetition"
  std::string label;       ///< what was studied, for people
  std::string started_at;  ///< UTC, ISO 8601
  struct Run {
    std::string folder;  ///< where its run folder is; may be empty
    RunDocument document;
  };
  std::vector<Run> runs;  ///< as executed: the scenario's matrix in its order, once per repetition
  int exit_code = 0;
};

/// A study as JSON. Each run is a whole result document with `folder` beside it. Thread-safe.
[[nodiscard]] std::string to_json(const StudyDocument& study);

/// Reads it back; errors as for a result document, with the number of the run. Thread-safe.
[[nodiscard]] Result<StudyDocument> study_document_from_json(std::string_view text);

}  // namespace queuemeter
