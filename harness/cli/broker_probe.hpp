// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::cli {

/// A broker at its usual port of this machine, and whether somebody answers there.
struct BrokerAnswer {
  std::string_view name;
  std::uint16_t port = 0;
  bool answers = false;
  std::string seen;  ///< "PONG", "asks for a password", "accepts connections"
};

/// Where a broker listens unless somebody moved it, and what it is asked.
struct BrokerPort {
  std::string_view name;
  std::uint16_t port = 0;
  std::string_view question = {};  ///< sent after connecting; empty: connecting is enough
};

/// Connects to 127.0.0.1 at that port, and says nothing but the question. Waits at most `patience`.
[[nodiscard]] BrokerAnswer ask_broker(const BrokerPort& broker, Duration patience);

/// All usual ports, one after the other.
[[nodiscard]] std::vector<BrokerAnswer> ask_brokers(Duration patience_each);

}  // namespace queuemeter::cli
