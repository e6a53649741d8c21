// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace queuemeter::cli {

/// One option of one command, as data: parsing, help and the answers to mistakes are made from it.
struct Option {
  std::string_view name;        ///< "--rate"
  std::string_view value_word;  ///< "5000/s"; empty for a flag
  /// The scenario key it sets, so that the scenario reader does all validation; empty when the
  /// command reads the option itself.
  std::string_view scenario_key = {};
  std::string_view default_text = {};  ///< what holds without it
  std::string_view help = {};
  bool repeated = false;
  /// A scenario key and its value that the option brings along: "traffic.model=closed".
  std::string_view implies = {};
  /// The option that says the opposite; both at once are refused.
  std::string_view excludes = {};
  /// What completion proposes for the value.
  enum class Completion { none, files, folders, queues };
  Completion completion = Completion::none;
  /// Not empty: known, but part of a later version; what to do instead. Not listed in the help.
  std::string_view not_built = {};
};

/// A command line that works, and what it does.
struct Example {
  std::string_view command_line;
  std::string_view meaning;
};

/// A word after the command, without dashes.
struct Positional {
  std::string_view word;  ///< "SCENARIO.toml | http://URL"; empty when the command takes none
  std::string_view help = {};
  bool required = false;
  std::span<const std::string_view> choices = {};  ///< empty: any word, completed as a file
};

struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line
  bool built = true;         ///< false: known, but part of a later version
  Positional positional = {};
  std::span<const Option> options = {};
  std::span<const Example> examples = {};
};

/// All commands, in the order of the help. Immutable.
[[nodiscard]] std::span<const Command> commands();

/// Null when there is none of that name.
[[nodiscard]] const Command* find_command(std::string_view name);
[[nodiscard]] const Option* find_option(const Command& command, std::string_view name);

}  // namespace queuemeter::cli
