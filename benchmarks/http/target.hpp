// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/peers/private_server.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace queuemeter::http_benchmark {

/// nginx with one process on the target's core, which answers everything with the same 3 bytes,
/// keeps connections for ever and writes no log.
[[nodiscard]] std::unique_ptr<peers::PrivateServer> start_nginx();

/// A command of queuemeter that serves on a port, on the target's core: the words after
/// "queuemeter", to which the port is added.
[[nodiscard]] std::unique_ptr<peers::PrivateServer> start_queuemeter(
    const std::vector<std::string>& words);

}  // namespace queuemeter::http_benchmark
