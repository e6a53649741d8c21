// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/completion.hpp"

#include "harness/cli/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace queuemeter::cli {

namespace {

using Words = std::vector<std::string_view>;

Words built_commands() {
  Words names;
  for (const Command& command : commands()) {
    if (command.built) {
      names.push_back(command.name);
    }
  }
  return names;
}

std::vector<const Option*> built_options(const Command& command) {
  std::vector<const Option*> options;
  for (const Option& option : command.options) {
    if (option.not_built.empty()) {
      options.push_back(&option);
    }
  }
  return options;
}

/// "sleep|burn" is a choice of words; "NAME|URL" says what is meant.
Words choices_of(const Option& option, std::span<const std::string_view> queues) {
  if (option.completion == Option::Completion::queues) {
    return {queues.begin(), queues.end()};
  }
  const std::string_view text = option.value_word;
  const bool is_choice = text.find('|') != std::string_view::npos &&
                         std::none_of(text.begin(), text.end(), [](unsigned char letter) {
                           return std::isupper(letter) != 0;
                         });
  Words words;
  for (std::size_t from = 0; is_choice && from <= text.size();) {
    const std::size_t end = std::min(text.find('|', from), text.size());
    words.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

/// In single quotes, for every shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    out += letter == '\'' ? std::string{"'\\''"} : std::string{letter};
  }
  return out + "'";
}

std::string bash_value(const Option& option, std::span<const std::string_view> queues) {
  if (const Words words = choices_of(option, queues); !words.empty()) {
    return fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))",
                       quoted(fmt::format("{}", fmt::join(words, " "))));
  }
  switch (option.completion) {
    case Option::Completion::files:
      return "COMPREPLY=($(compgen -f -- \"$word\"))";
    case Option::Completion::folders:
      return "COMPREPLY=($(compgen -d -- \"$word\"))";
    case Option::Completion::none:
    case Option::Completion::queues:
      break;
  }
  return ":";
}

std::string bash_words(const Command& command) {
  const Positional& positional = command.positional;
  if (!positional.choices.empty()) {
    return fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))",
                       quoted(fmt::format("{}", fmt::join(positional.choices, " "))));
  }
  return positional.word.empty() ? ":" : "COMPREPLY=($(compgen -f -- \"$word\"))";
}

std::string bash_script(std::span<const std::string_view> queues) {
  std::string values;
  std::string rest;
  for (const Command& command : commands()) {
    if (!command.built) {
      continue;
    }
    std::string names;
    for (const Option* option : built_options(command)) {
      names += fmt::format("{} ", option->name);
      if (!option->value_word.empty()) {
        values += fmt::format("    '{} {}') {}; return ;;\n", command.name, option->name,
                              bash_value(*option, queues));
      }
    }
    rest += fmt::format(
        "    {0})\n      if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W '{1}--help' "
        "-- \"$word\"))\n      else\n        {2}\n      fi ;;\n",
        command.name, names, bash_words(command));
  }
  return fmt::format(R"(# bash completion of queuemeter; source it, or put it into
# ~/.local/share/bash-completion/completions/queuemeter
_queuemeter() {{
  local word=${{COMP_WORDS[COMP_CWORD]}}
  local before=${{COMP_WORDS[COMP_CWORD-1]}}
  local command=${{COMP_WORDS[1]}}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '{} --help --version' -- "$word"))
    return
  fi
  case "$command $before" in
{}  esac
  case "$command" in
{}  esac
}}
complete -o filenames -F _queuemeter queuemeter
)",
                     fmt::join(built_commands(), " "), values, rest);
}

/// What _arguments would take for its own.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') {
      out += '\\';
    }
    out += letter;
  }
  return out;
}

std::string zsh_action(const Option& option, std::span<const std::string_view> queues) {
  if (const Words words = choices_of(option, queues); !words.empty()) {
    return fmt::format("({})", fmt::join(words, " "));
  }
  return option.completion == Option::Completion::folders ? "_files -/"
         : option.completion == Option::Completion::files ? "_files"
                                                          : " ";
}

std::string zsh_script(std::span<const std::string_view> queues) {
  std::string list;
  std::string cases;
  for (const Command& command : commands()) {
    if (!command.built) {
      continue;
    }
    list += fmt::format("    {}\n",
                        quoted(fmt::format("{}:{}", command.name, zsh_text(command.summary))));
    cases += fmt::format("    {}) _arguments", command.name);
    for (const Option* option : built_options(command)) {
      std::string spec = fmt::format("{}{}[{}]", option->repeated ? "*" : "", option->name,
                                     zsh_text(option->help));
      if (!option->value_word.empty()) {
        spec += fmt::format(":{}:{}", zsh_text(option->value_word), zsh_action(*option, queues));
      }
      cases += " \\\n      " + quoted(spec);
    }
    if (!command.positional.choices.empty()) {
      cases += " \\\n      " + quoted(fmt::format("1:{}:({})", zsh_text(command.positional.word),
                                                  fmt::join(command.positional.choices, " ")));
    } else if (!command.positional.word.empty()) {
      cases +=
          " \\\n      " + quoted(fmt::format("1:{}:_files", zsh_text(command.positional.word)));
    }
    cases += " ;;\n";
  }
  return fmt::format(R"(#compdef queuemeter
# zsh completion of queuemeter; put it into a folder of $fpath as _queuemeter
_queuemeter() {{
  local -a queuemeter_commands=(
{}  )
  if ((CURRENT == 2)); then
    _describe command queuemeter_commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{}  esac
}}
if [ "$funcstack[1]" = _queuemeter ]; then
  _queuemeter "$@"
else
  compdef _queuemeter queuemeter
fi
)",
                     list, cases);
}

std::string fish_script(std::span<const std::string_view> queues) {
  std::string text =
      "# fish completion of queuemeter; put it into ~/.config/fish/completions/queuemeter.fish\n";
  for (const Command& command : commands()) {
    if (!command.built) {
      continue;
    }
    text += fmt::format("complete -c queuemeter -f -n __fish_use_subcommand -a {} -d {}\n",
                        command.name, quoted(command.summary));
    const std::string seen =
        fmt::format("complete -c queuemeter -n '__fish_seen_subcommand_from {}'", command.name);
    if (!command.positional.choices.empty()) {
      text += fmt::format("{} -f -a {}\n", seen,
                          quoted(fmt::format("{}", fmt::join(command.positional.choices, " "))));
    }
    for (const Option* option : built_options(command)) {
      text += fmt::format("{} -l {} -d {}", seen, option->name.substr(2), quoted(option->help));
      const Words words = choices_of(*option, queues);
      if (!words.empty()) {
        text += fmt::format(" -x -a {}", quoted(fmt::format("{}", fmt::join(words, " "))));
      } else if (option->completion != Option::Completion::none) {
        text += " -r -F";
      } else if (!option->value_word.empty()) {
        text += " -x";
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell, std::span<const std::string_view> queues) {
  if (shell == "bash") {
    return bash_script(queues);
  }
  if (shell == "zsh") {
    return zsh_script(queues);
  }
  return shell == "fish" ? fish_script(queues) : "";
}

}  // namespace queuemeter::cli
