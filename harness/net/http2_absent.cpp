// SPDX-License-Identifier: Apache-2.0
// Stands in for http2_channel.cpp where nghttp2 is missing.
#include "harness/net/http_channel.hpp"

namespace queuemeter {

bool has_http2() noexcept { return false; }

std::unique_ptr<HttpChannel> make_http2_channel(SocketPoll& /*poll*/, HttpChannel::Owner& /*owner*/,
                                                const HttpChannelRules& /*rules*/) {
  return nullptr;  // nobody asks for it who has asked `has_http2` before
}

}  // namespace queuemeter
