// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace queuemeter {

/// By what the result of a call through a front end is known.
enum class CompletedBy : std::uint8_t {
  response,  ///< the answer to its request is the result
  callback,  ///< the site reports it to a URL of ours
  poll,      ///< its result URL is asked, again and again
  backend    ///< the backend behind the site, which we watch, has answered
};

/// The words of scenario files and results.
[[nodiscard]] constexpr std::string_view to_string(CompletedBy completed_by) noexcept {
  switch (completed_by) {
    case CompletedBy::response:
      return "response";
    case CompletedBy::callback:
      return "callback";
    case CompletedBy::poll:
      return "poll";
    case CompletedBy::backend:
      return "backend";
  }
  return "";
}

}  // namespace queuemeter
