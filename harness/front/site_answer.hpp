// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/outcome.hpp"

#include <cstdint>

namespace queuemeter {

/// What the answer to a call's request says of the call.
struct RequestAnswer {
  /// `completed` = the site has taken the call, or, where the response is the result, done it.
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
};
/// Whose words a site speaks: somebody's, which have the meaning of HTTP, or those of
/// `queuemeter front`, which says of every result for good how its call ended.
enum class SiteWords : std::uint8_t { of_http, of_ours };

/// A site that is full says 503, one that limits its clients 429: it refused the call when it was
/// offered, and nothing of the call has failed.
[[nodiscard]] RequestAnswer read_answer(const Reply& reply, SiteWords words) noexcept;

/// What a site says of a call when its result URL is asked.
enum class ResultAnswer {
  ready,     ///< here is the result
  not_yet,   ///< queued or in work
  nowhere,   ///< it does not know the call, or not any more
  dropped,   ///< it had the call and threw it away
  failed,    ///< ours: the backend failed it
  expired,   ///< ours: its deadline passed before work on it began
  no_answer  ///< nothing that says anything: no connection, a timeout, an error of the site's
};
/// 202, and a good status whose content is not what was expected: not yet. 404: nowhere. 410:
/// dropped; of ours: nowhere any more. Any other good answer is the result. 502 and 504 are a
/// gateway's trouble, and of ours: failed and expired.
[[nodiscard]] ResultAnswer read_result(const Reply& reply, SiteWords words) noexcept;

}  // namespace queuemeter
