// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/queue_settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace queuemeter {

/// How results are sent to those who named a URL for them.
struct CallbackRules {
  std::size_t in_flight = 256;   ///< posts at once, each on a connection
  std::size_t waiting = 10'000;  ///< posts that wait for their turn; beyond it: failed
  std::size_t attempts = 3;      ///< of one post, the first one included
  Duration pause = std::chrono::milliseconds{100};  ///< before the second attempt; then doubled
  Duration timeout = std::chrono::seconds{5};       ///< of one attempt
  /// Not only to addresses of this host: a front that posts wherever it is told can be used against
  /// others.
  bool anywhere = false;
};

/// What `queuemeter front` takes calls with, and what becomes of them.
struct FrontSettings {
  enum class Workers : std::uint8_t { async, thread };

  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = a free one
  QueueSettings queue;
  Workers workers = Workers::async;
  std::size_t worker_count = 1000;                      ///< calls worked on at once
  std::string backend_url;                              ///< what workers call
  Duration backend_timeout = std::chrono::seconds{30};  ///< of one call of it
  std::optional<Duration> deadline;  ///< a call that waited longer is expired and not made
  std::size_t kept = 10'000;         ///< results kept; the oldest are dropped for new ones
  std::size_t kept_bytes = std::size_t{64} * 1024 * 1024;  ///< of all results kept
  Duration keep_for = std::chrono::seconds{60};
  std::size_t per_client = 0;  ///< calls of one address that are not done; 0 = no limit
  std::size_t body_limit = std::size_t{1024} * 1024;
  std::size_t connections = 16'384;
  CallbackRules callbacks;
};

}  // namespace queuemeter
