// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/help.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace queuemeter::cli {

namespace {

constexpr std::size_t widest = 100;
constexpr std::size_t margin = 24;  // where explanations begin

constexpr std::string_view exit_codes = R"(Exit codes:
  0    done, objectives met          1    an objective was missed
  2    usage or scenario error       3    invalid: nothing trustworthy was measured
  4    something is unreachable      5    calls lost, duplicated or reordered against the promise
  6    inconclusive                  130  interrupted; the result is written, marked incomplete
)";

/// `label` in the left column, `text` wrapped in the right one.
std::string row(std::string_view label, std::string_view text) {
  std::string line = fmt::format("  {:<{}}", label, margin - 2);
  if (label.size() + 3 > margin) {
    line += "\n" + std::string(margin, ' ');
  }
  std::string out;
  std::size_t column = margin;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (column > margin && column + word.size() > widest) {
      line.pop_back();  // the blank after the last word
      out += line + "\n";
      line = std::string(margin, ' ');
      column = margin;
    }
    line += word;
    line += ' ';
    column += word.size() + 1;
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  line.pop_back();
  return out + line + "\n";
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
  const std::string words =
      command.positional.word.empty() ? "" : fmt::format(" [{}]", command.positional.word);
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
