// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/outcome.hpp"

namespace queuemeter {

/// What the answer to a call's request says of the call.
struct RequestAnswer {
  /// `completed` = the site has taken the call, or, where the response is the result, done it.
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
};
/// A site that is full says 503, one that limits its clients 429: it refused the call when it was
/// offered, and nothing of the call has failed.
[[nodiscard]] RequestAnswer read_answer(const Reply& reply) noexcept;

/// What a site says of a call when its result URL is asked.
enum class ResultAnswer {
  ready,     ///< here is the result
  not_yet,   ///< queued or in work
  nowhere,   ///< it does not know the call, or not any more
  dropped,   ///< it had the call and threw it away
  no_answer  ///< nothing that says anything: no connection, a timeout, an error of the site's
};
/// 202, and a good status whose content is not what was expected: not yet. 404: nowhere. 410:
/// dropped. Any other good answer is the result.
[[nodiscard]] ResultAnswer read_result(const Reply& reply) noexcept;

}  // namespace queuemeter
