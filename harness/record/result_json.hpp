// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/record/run_document.hpp"

#include <string>
#include <string_view>

namespace queuemeter {

inline constexpr std::string_view result_schema = "queuemeter.result/1";

/// A run as `result.json`; every key is described in docs/reference/result.md. A number that is not
/// finite is written as null. The gaps of `ArrivalEvidence` are left out: they are judged before.
/// Thread-safe.
[[nodiscard]] std::string to_json(const RunDocument& document);

/// Reads what `to_json` wrote. Unknown keys are skipped; a cut text, a missing key, a wrong type or
/// a number out of range is an error that names the key. Thread-safe.
[[nodiscard]] Result<RunDocument> run_document_from_json(std::string_view text);

/// The same from `path`, a result file or a run folder that holds `result.json`. Files larger than
/// 64 MiB are refused.
[[nodiscard]] Result<RunDocument> read_run_document(const std::string& path);

}  // namespace queuemeter
