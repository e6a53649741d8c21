// SPDX-License-Identifier: Apache-2.0
#include "harness/record/study_json.hpp"

#include "harness/record/json_fields.hpp"
#include "harness/record/result_members.hpp"

#include <fmt/format.h>

namespace queuemeter {

using json_fields::ObjectReader;

std::string to_json(const StudyDocument& study) {
  Json runs = Json::array();
  for (const StudyDocument::Run& run : study.runs) {
    runs.push_back(Json::object({{"folder", json_fields::text_or_null(run.folder)},
                                 {"result", result_members::json_of(run.document)}}));
  }
  return Json::object({{"schema", study_schema},
                       {"kind", study.kind},
                       {"label", study.label},
                       {"started_at", study.started_at},
                       {"exit_code", study.exit_code},
                       {"runs", std::move(runs)}})
      .page();
}

Result<StudyDocument> study_document_from_json(std::string_view text) {
  std::string error;
  const Json json = parse_json(text, error);
  StudyDocument study;
  ObjectReader root{&json, "", error};
  std::string schema;
  root.get("schema", schema);
  if (schema != study_schema) {
    root.fail("schema", fmt::format("is \"{}\", this version reads {}", schema, study_schema));
  }
  root.get("kind", study.kind);
  root.get("label", study.label);
  root.get("started_at", study.started_at);
  root.get("exit_code", study.exit_code);
  for (ObjectReader& in : root.objects("runs")) {
    StudyDocument::Run& run = study.runs.emplace_back();
    in.get("folder", run.folder);
    run.document = result_members::run_of(in.object("result"));
    if (!error.empty()) {
      error = fmt::format("run {}: {}", study.runs.size(), error);
      break;
    }
  }
  if (!error.empty()) {
    return Error::io(fmt::format("the study cannot be read: {}", error));
  }
  return study;
}

}  // namespace queuemeter
