// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/backend_settings.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/interrupt.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace queuemeter::cli {

ExitCode backend_command(const CommandLine& line) {
  const auto settings = backend_settings(line);
  if (settings.has_error()) {
    return complain(settings.error());
  }
  hold_stop_signals();
  const auto server = BackendServer::start(*settings);
  if (server.has_error()) {
    return complain(server.error());
  }
  // Whoever started us waits for this line.
  fmt::print("queuemeter backend listens on http://{}:{}\n", settings->host, (*server)->port());
  std::fflush(stdout);
  wait_for_stop();
  (*server)->stop();
  return ExitCode::done;
}

}  // namespace queuemeter::cli
