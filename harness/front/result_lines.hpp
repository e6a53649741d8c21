// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/outcome.hpp"
#include "harness/net/http_request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

// How our own front end tells of a call beside its result, in header lines that a client of another
// make ignores:
//
//     X-Queuemeter-Outcome: failed
//     X-Queuemeter-Reason: backend_error
//     X-Queuemeter-Taken: 81234567890123      nanoseconds of CLOCK_MONOTONIC; likewise -Called and
//                                             -Replied; left out where nobody saw it

/// How a call ended, as its front end tells.
struct ToldResult {
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
  Instants at;  ///< `taken_at`, `called_at` and `replied_at`, where they are told
};

/// Adds the lines, each with its CR LF.
void append_result_lines(const ToldResult& result, std::string& lines);

/// What a request that brings a result tells; where it tells nothing, the call is completed. An
/// outcome or a reason that does not exist is nothing.
[[nodiscard]] std::optional<ToldResult> read_result_lines(const HttpFields& fields);

}  // namespace queuemeter
