// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/commands.hpp"
#include "harness/cli/completion.hpp"
#include "queue_impls/catalogue.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::cli {

ExitCode completion_command(const CommandLine& line) {
  std::vector<std::string_view> names;
  for (const queues::CatalogueEntry& entry : queues::catalogue()) {
    if (entry.built && entry.schemes.empty()) {
      names.push_back(entry.traits->name);
    }
  }
  // The table of options has made sure that the word is there and one of the shells.
  const std::string script = completion_script(line.words.front(), names);
  std::fputs(script.c_str(), stdout);
  return ExitCode::done;
}

}  // namespace queuemeter::cli
