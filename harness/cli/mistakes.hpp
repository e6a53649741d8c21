// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/option_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace queuemeter::cli {

/// An option of another load generator, and what it is called here.
struct ForeignOption {
  std::string_view name;     ///< "-c"
  std::string_view meaning;  ///< "the connections of wrk and hey"
  std::string_view ours;     ///< "--set backend.connections=N"
};
/// What people bring along from wrk, hey, vegeta, k6, RabbitMQ's perf-test and redis-benchmark.
[[nodiscard]] std::span<const ForeignOption> foreign_options();

/// One sentence for an option that `command` does not have: the name of ours for a foreign one, the
/// nearest of ours for a slip, otherwise where the list is.
[[nodiscard]] std::string answer_unknown_option(const Command& command, std::string_view argument);

/// The same for a word in the place of the command.
[[nodiscard]] std::string answer_unknown_command(std::string_view word);

}  // namespace queuemeter::cli
