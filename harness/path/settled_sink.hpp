// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <cstdint>

namespace queuemeter {

/// Learns that the call of a caller has ended, whichever way: the caller may think and call again.
/// Told on the offering thread, from inside `CallEntry::offer` and `CallEntry::step`.
class SettledSink {
 public:
  SettledSink() = default;
  SettledSink(const SettledSink&) = delete;
  SettledSink& operator=(const SettledSink&) = delete;
  virtual ~SettledSink() = default;

  /// How a call ended, as far as it matters to when the caller goes on.
  enum class Ending : std::uint8_t {
    over,    ///< replied, failed or given up
    refused  ///< it was rejected: the caller got nothing, and that at once
  };
  /// `seat` is what the planned call said; `at` is when its caller learned how it ended, which is
  /// not after now.
  virtual void settled(std::uint32_t seat, Instant at, Ending ending) noexcept = 0;
};

}  // namespace queuemeter
