// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/help.hpp"

#include "harness/cli/two_columns.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace queuemeter::cli {

namespace {

constexpr std::size_t margin = 24;  // where explanations begin

constexpr std::string_view exit_codes = R"(Exit codes:
  0    done, objectives met          1    an objective was missed
  2    usage or scenario error       3    invalid: nothing trustworthy was measured
  4    something is unreachable      5    calls lost, duplicated or reordered against the promise
  6    inconclusive                  130  interrupted; the result is written, marked incomplete
)";

std::string row(std::string_view label, std::string_view text) {
  return two_columns(fmt::format("  {}", label), margin, text);
}

std::string explanation(const Option& option) {
  std::vector<std::string> remarks;
  if (!option.default_text.empty()) {
    remarks.push_back(fmt::format("default {}", option.default_text));
  }
  if (!option.scenario_key.empty()) {
    remarks.push_back(fmt::format("sets {}", option.scenario_key));
  }
  if (option.repeated) {
    remarks.push_back("may be repeated");
  }
  return remarks.empty() ? std::string{option.help}
                         : fmt::format("{} ({})", option.help, fmt::join(remarks, "; "));
}

}  // namespace

std::string program_help() {
  std::string text = "Usage: queuemeter COMMAND [options]\n\nCommands:\n";
  std::vector<std::string_view> not_built;
  for (const Command& command : commands()) {
    if (command.built) {
      text += row(command.name, command.summary);
    } else {
      not_built.push_back(command.name);
    }
  }
  text += row("COMMAND --help", "the options of a command, with examples");
  text += row("--version", "the version, and how this program was built");
  text += row("not built yet", fmt::format("{}", fmt::join(not_built, ", ")));
  text += "\n";
  return text.append(exit_codes);
}

std::string command_help(const Command& command) {
  const std::string words = command.positional.word.empty() ? ""
                            : command.positional.required
                                ? fmt::format(" {}", command.positional.word)
                                : fmt::format(" [{}]", command.positional.word);
  std::string text = fmt::format("Usage: queuemeter {}{} [options]\n\n{}\n\n", command.name, words,
                                 command.summary);
  if (!words.empty()) {
    text += row(command.positional.word, command.positional.help) + "\n";
  }
  text += "Options:\n";
  for (const Option& option : command.options) {
    if (option.not_built.empty()) {
      const std::string_view gap = option.value_word.empty() ? "" : " ";
      text += row(fmt::format("{}{}{}", option.name, gap, option.value_word), explanation(option));
    }
  }
  text += row("--help", "this text");
  text += "\nExamples:\n";
  for (const Example& example : command.examples) {
    text += fmt::format("  {}\n      {}\n", example.command_line, example.meaning);
  }
  return text;
}

}  // namespace queuemeter::cli
