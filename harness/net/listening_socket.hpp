// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace queuemeter {

/// A TCP socket that listens, non-blocking; whoever gets it closes it.
struct ListeningSocket {
  int descriptor = -1;
  std::uint16_t port = 0;
};

/// Binds and listens with a long line of connections not yet accepted. Port 0 takes a free one;
/// `shares` lets further sockets of this process bind the same one (SO_REUSEPORT), and without it
/// nobody else can. Resolves a name, which may block. Errors: address not of this host, port in
/// use.
[[nodiscard]] Result<ListeningSocket> listen_on(const std::string& host, std::uint16_t port,
                                                bool shares);

/// Lets this process open `wanted` descriptors, as far as the system allows it: the soft limit is
/// 1,024 on most systems.
void raise_descriptor_limit(std::size_t wanted) noexcept;

}  // namespace queuemeter
