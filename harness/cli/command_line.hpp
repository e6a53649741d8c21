// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/cli/option_table.hpp"
#include "harness/scenario/read_scenario.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter::cli {

/// What somebody typed, understood by the option table. Values are texts: the scenario reader or
/// the command judges them.
struct CommandLine {
  const Command* command = nullptr;  ///< null: only --help or --version of the whole program
  bool help = false;
  bool version = false;
  std::vector<std::string> words = {};                          ///< positional ones
  std::vector<std::pair<std::string, std::string>> given = {};  ///< option and value; flags: ""

  [[nodiscard]] bool has(std::string_view option) const noexcept;
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  /// The options that set a scenario key, then what `--set` says, which therefore wins.
  [[nodiscard]] std::vector<Override> overrides() const;
};

/// Understands the arguments after the program's name. The error lists everything that is wrong,
/// a line each, with the name of ours where an option is known from another tool.
[[nodiscard]] Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace queuemeter::cli
