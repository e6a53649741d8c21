// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/front/front_settings.hpp"
#include "harness/net/http_request.hpp"
#include "harness/net/http_url.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace queuemeter {

/// What a `POST /calls` asks for, beside its body. Views into the request.
struct AskedCall {
  std::string_view id;                    ///< X-Queuemeter-Call; empty: the front makes one up
  std::optional<HttpUrl> callback;        ///< X-Queuemeter-Callback
  std::optional<Duration> wait;           ///< "Prefer: wait", "Prefer: wait=5", "?wait=5s"
  std::optional<std::uint64_t> sequence;  ///< X-Queuemeter-Sequence
  std::optional<std::uint64_t> draw;      ///< X-Queuemeter-Draw
  std::uint16_t class_index = 0;          ///< X-Queuemeter-Class
};

/// Errors are sentences for the client: an id that cannot be part of a URL, a callback URL that
/// may not be called, a wait that is no time.
[[nodiscard]] Result<AskedCall> read_asked_call(const HttpRequest& request,
                                                const CallbackRules& rules);

}  // namespace queuemeter
