// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/measure/tick.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

inline constexpr std::string_view tick_schema = "queuemeter.tick/1";

/// A tick as one line of JSON without its line break. Counts of 0 are left out, unobservable
/// gauges are null. Thread-safe.
[[nodiscard]] std::string to_json_line(const Tick& tick);

/// Reads one line back; a cut or foreign line is an error. Thread-safe.
[[nodiscard]] Result<Tick> tick_from_json(std::string_view line);

/// The ticks of a file, and whether its last line was cut off (the run was killed while writing).
struct TickReading {
  std::vector<Tick> ticks;
  bool cut = false;
};

/// Reads `ticks.jsonl`. Only the last line may be cut; a bad line before it is an error with its
/// number. Files larger than 1 GiB are refused.
[[nodiscard]] Result<TickReading> read_ticks(const std::string& path);

}  // namespace queuemeter
