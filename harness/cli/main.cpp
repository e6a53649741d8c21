// SPDX-License-Identifier: Apache-2.0
#include "harness/call/exit_code.hpp"
#include "harness/cli/command_line.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/help.hpp"
#include "harness/cli/worker_command.hpp"
#include "harness/record/machine.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
using queuemeter::ExitCode;
using queuemeter::cli::CommandLine;

struct Dispatch {
  std::string_view name;
  ExitCode (*command)(const CommandLine& line);
};
constexpr std::array dispatch{Dispatch{"run"sv, queuemeter::cli::run_command},
                              Dispatch{"queues"sv, queuemeter::cli::queues_command},
                              Dispatch{"backend"sv, queuemeter::cli::backend_command},
                              Dispatch{"front"sv, queuemeter::cli::front_command},
                              Dispatch{"doctor"sv, queuemeter::cli::doctor_command},
                              Dispatch{"completion"sv, queuemeter::cli::completion_command}};

void print_version() {
  const queuemeter::BuildIdentity build = queuemeter::this_build();
  fmt::print("queuemeter {} (commit {}, {} build, {})\n", build.version, build.commit, build.preset,
             build.compiler);
}

ExitCode execute(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == queuemeter::cli::worker_word) {
    return queuemeter::cli::worker_command(std::span{arguments}.subspan(1));
  }
  const auto parsed = queuemeter::cli::parse_command_line(arguments);
  if (parsed.has_error()) {
    return queuemeter::cli::complain(parsed.error());
  }
  const CommandLine& line = parsed.value();
  if (line.version) {
    print_version();
    return ExitCode::done;
  }
  if (line.help) {
    const std::string text = line.command == nullptr ? queuemeter::cli::program_help()
                                                     : queuemeter::cli::command_help(*line.command);
    std::fputs(text.c_str(), stdout);
    return ExitCode::done;
  }
  for (const Dispatch& entry : dispatch) {
    if (entry.name == line.command->name) {
      return entry.command(line);
    }
  }
  return queuemeter::cli::complain(queuemeter::Error::usage(
      fmt::format("{}: has no implementation in this build", line.command->name)));
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away is an error of writing, found below, and no reason to lose a run.
  std::signal(SIGPIPE, SIG_IGN);
  ExitCode code = ExitCode::invalid;
  try {
    code = execute({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    code = queuemeter::cli::complain(queuemeter::Error::invalid(error.what()));
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    code = queuemeter::combine(
        code, queuemeter::cli::complain(queuemeter::Error::io("stdout: could not be written")));
  }
  return queuemeter::to_int(code);
}
