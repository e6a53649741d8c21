// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/help.hpp"

#include "harness/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace queuemeter::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// tests/cli/golden/<name>.txt; a wanted change is made there by hand, and reviewed.
std::string golden(std::string_view name) {
  std::ostringstream text;
  text << std::ifstream{QUEUEMETER_SOURCE_DIR "/tests/cli/golden/" + std::string{name} + ".txt"}
              .rdbuf();
  return text.str();
}

TEST(Help, IsWhatTheGoldenFilesSay) {
  EXPECT_EQ(program_help(), golden("queuemeter"));
  for (const Command& command : commands()) {
    if (command.built) {
      EXPECT_EQ(command_help(command), golden(command.name));
    }
  }
}

TEST(Help, NamesEveryOptionThatIsBuiltAndNoOther) {
  for (const Command& command : commands()) {
    const std::string text = command_help(command);
    for (const Option& option : command.options) {
      if (option.not_built.empty()) {
        EXPECT_THAT(text, HasSubstr("  " + std::string{option.name}));
        EXPECT_FALSE(option.help.empty()) << option.name;
      } else {
        EXPECT_THAT(text, Not(HasSubstr("  " + std::string{option.name} + " ")));
      }
    }
  }
}

TEST(Help, NamesEveryCommand) {
  for (const Command& command : commands()) {
    EXPECT_THAT(program_help(), HasSubstr(std::string{command.name}));
  }
}

/// As a shell splits them, where nothing but single quotes and blanks matters.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words(1);
  bool is_quoted = false;
  for (const char letter : line) {
    if (letter == '\'') {
      is_quoted = !is_quoted;
    } else if (letter == ' ' && !is_quoted) {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  return words;
}

TEST(Help, EveryExampleIsUnderstood) {
  for (const Command& command : commands()) {
    for (const Example& example : command.examples) {
      std::vector<std::string> arguments = words_of(example.command_line);
      if (arguments.front() != "queuemeter") {
        continue;
      }
      arguments.erase(arguments.begin());

      EXPECT_TRUE(parse_command_line(arguments).has_value()) << example.command_line;
    }
  }
}

TEST(Help, FitsAHundredColumns) {
  std::string all = program_help();
  for (const Command& command : commands()) {
    all += command_help(command);
  }
  std::istringstream lines{all};
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

}  // namespace
}  // namespace queuemeter::cli
