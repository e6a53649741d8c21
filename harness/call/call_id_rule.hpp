// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// The header in which queuemeter's own programs hand a call's id on.
inline constexpr std::string_view call_id_header = "X-Queuemeter-Call";

/// Where a watched backend finds the id of a call in a request that somebody else's site makes.
struct CallIdRule {
  enum class Place : std::uint8_t {
    header,  ///< "header:NAME": the value of this header
    url,     ///< "url:/calls/{}": the part of the target where the braces stand, up to / ? or &
    json,    ///< "json:/order/id": the text or number in the body there (RFC 6901)
    regex    ///< "regex:EXPRESSION": its first group, in the target or else in the body
  };
  Place place = Place::header;
  std::string text{call_id_header};  ///< what stands behind the colon

  /// Errors: no such place, braces that are not one pair, an expression that cannot be read.
  [[nodiscard]] static Result<CallIdRule> parse(std::string_view written);
  [[nodiscard]] std::string to_text() const;
  friend bool operator==(const CallIdRule&, const CallIdRule&) = default;
};

}  // namespace queuemeter
