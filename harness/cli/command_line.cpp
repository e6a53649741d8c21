// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/command_line.hpp"

#include "harness/cli/mistakes.hpp"
#include "harness/scenario/toml_writer.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>

namespace queuemeter::cli {

namespace {

/// Where CLI11 puts what one option was given.
struct Slot {
  const Option* option = nullptr;
  std::vector<std::string> values;
  int times = 0;  // of a flag
};

void add_options(CLI::App& app, const Command& command, std::deque<Slot>& slots) {
  for (const Option& option : command.options) {
    Slot& slot = slots.emplace_back();
    slot.option = &option;
    if (option.value_word.empty()) {
      app.add_flag(std::string{option.name}, slot.times)->disable_flag_override();
    } else {
      // One value each time it is given, and any number of times: `problems` judges how often.
      app.add_option(std::string{option.name}, slot.values)->allow_extra_args(false);
    }
  }
}

std::string needs_a_value(const Option& option) {
  return fmt::format("{}: needs a value, such as {} {}", option.name, option.name,
                     option.value_word);
}

/// The option of that name, when it was given.
const Slot* find_given(const std::deque<Slot>& slots, std::string_view name) {
  const auto found = std::find_if(slots.begin(), slots.end(), [name](const Slot& slot) {
    return slot.option->name == name && (!slot.values.empty() || slot.times > 0);
  });
  return found == slots.end() ? nullptr : &*found;
}

/// What is wrong with the words that are no options.
std::vector<std::string> word_problems(const Command& command,
                                       const std::vector<std::string>& words) {
  const Positional& positional = command.positional;
  const std::size_t most = positional.word.empty() ? 0 : 1;
  if (words.size() > most) {
    return {fmt::format("{}: {} takes {}", words[most], command.name,
                        most == 0                    ? "options only"
                        : positional.choices.empty() ? "one scenario or URL at a time"
                                                     : "one word")};
  }
  if (words.empty() && positional.required) {
    return {fmt::format("{} needs one of {}", command.name, positional.word)};
  }
  const auto& choices = positional.choices;
  if (!words.empty() && !choices.empty() &&
      std::find(choices.begin(), choices.end(), words.front()) == choices.end()) {
    return {fmt::format("{}: is none of {}", words.front(), positional.word)};
  }
  return {};
}

/// What is wrong with the options that were recognised.
std::vector<std::string> problems(const std::deque<Slot>& slots) {
  std::vector<std::string> found;
  for (const Slot& slot : slots) {
    const Option& option = *slot.option;
    if (slot.values.empty() && slot.times == 0) {
      continue;
    }
    if (!option.not_built.empty()) {
      found.push_back(fmt::format("{}: {}", option.name, option.not_built));
    } else if (slot.values.size() > 1 && !option.repeated) {
      found.push_back(
          fmt::format("{}: given {} times; give it once", option.name, slot.values.size()));
    }
    if (const Slot* other = find_given(slots, option.excludes);
        other != nullptr && option.name < option.excludes) {
      found.push_back(fmt::format("{} and {}: exclude each other; give one of them", option.name,
                                  option.excludes));
    }
    for (const std::string& value : slot.values) {
      if (value.starts_with("--")) {
        found.push_back(needs_a_value(option));
      } else if (option.name == "-H" && value.find(':') == std::string::npos) {
        found.push_back(
            fmt::format("-H {}: is not NAME: VALUE, such as -H \"Accept: */*\"", value));
      } else if (option.name == "--set" && value.find('=') == std::string::npos) {
        found.push_back(
            fmt::format("--set {}: is not KEY=VALUE, such as --set run.measure=5s", value));
      }
    }
  }
  return found;
}

void collect(const std::deque<Slot>& slots, CommandLine& line) {
  for (const Slot& slot : slots) {
    if (slot.times > 0) {
      line.given.emplace_back(slot.option->name, "");
    }
    for (const std::string& value : slot.values) {
      line.given.emplace_back(slot.option->name, value);
    }
  }
}

/// CLI11's complaint about a missing value begins with the option's name.
std::string complaint(const Command& command, const CLI::ParseError& error) {
  const std::string text = error.what();
  const Option* option = find_option(command, text.substr(0, text.find(':')));
  return option != nullptr && !option->value_word.empty() ? needs_a_value(*option) : text;
}

Result<CommandLine> parse_command(const Command& command, std::vector<std::string> arguments) {
  CommandLine line{.command = &command};
  std::deque<Slot> slots;  // CLI11 keeps references
  CLI::App app;
  app.set_help_flag();
  app.add_flag("--help,-h", line.help);
  app.allow_extras();
  add_options(app, command, slots);

  std::vector<std::string> wrong;
  try {
    std::reverse(arguments.begin(), arguments.end());  // what CLI11 expects of a vector
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return Error::usage(complaint(command, error));
  }
  if (line.help) {
    return line;
  }
  for (const std::string& rest : app.remaining()) {
    if (rest.size() > 1 && rest.front() == '-') {
      wrong.push_back(answer_unknown_option(command, rest));
    } else {
      line.words.push_back(rest);
    }
  }
  const std::vector<std::string> more = problems(slots);
  wrong.insert(wrong.end(), more.begin(), more.end());
  if (wrong.empty()) {
    wrong = word_problems(command, line.words);
  }
  if (!wrong.empty()) {
    return Error::usage(fmt::format("{}", fmt::join(wrong, "\n")));
  }
  collect(slots, line);
  return line;
}

/// "Accept: */*" as a scenario says it.
Override header_override(std::string_view header) {
  const std::size_t colon = header.find(':');
  std::string_view value = header.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return {fmt::format("traffic.headers.{}", header.substr(0, colon)), toml_text(value)};
}

}  // namespace

bool CommandLine::has(std::string_view option) const noexcept {
  return std::any_of(given.begin(), given.end(),
                     [option](const auto& entry) { return entry.first == option; });
}

std::optional<std::string> CommandLine::value(std::string_view option) const {
  const auto found = std::find_if(given.begin(), given.end(),
                                  [option](const auto& entry) { return entry.first == option; });
  return found == given.end() ? std::nullopt : std::optional{found->second};
}

std::vector<Override> CommandLine::overrides() const {
  std::vector<Override> named;
  std::vector<Override> set;
  for (const auto& [name, value] : given) {
    if (name == "--set") {
      const std::size_t equals = value.find('=');
      set.emplace_back(value.substr(0, equals), value.substr(equals + 1));
      continue;
    }
    if (name == "-H") {
      named.push_back(header_override(value));
      continue;
    }
    if (name == "--body") {  // also what looks like TOML is a text
      named.emplace_back("traffic.body", toml_text(value));
      continue;
    }
    const Option& option = *find_option(*command, name);
    if (const std::size_t equals = option.implies.find('='); equals < option.implies.size()) {
      named.emplace_back(option.implies.substr(0, equals), option.implies.substr(equals + 1));
    }
    if (!option.scenario_key.empty()) {
      named.emplace_back(option.scenario_key, value);
    }
  }
  named.insert(named.end(), std::make_move_iterator(set.begin()),
               std::make_move_iterator(set.end()));
  return named;
}

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return Error::usage(
        "no command; `queuemeter run` measures, `queuemeter --help` lists the rest");
  }
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h") {
    return CommandLine{.help = true};
  }
  if (first == "--version") {
    return CommandLine{.version = true};
  }
  const Command* command = find_command(first);
  if (command == nullptr) {
    return Error::usage(answer_unknown_command(first));
  }
  if (!command->built) {
    return Error::usage(fmt::format("{}: not built yet ({}); `queuemeter --help` lists what is",
                                    command->name, command->summary));
  }
  return parse_command(*command, {arguments.begin() + 1, arguments.end()});
}

}  // namespace queuemeter::cli
