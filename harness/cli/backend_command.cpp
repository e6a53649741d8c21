// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/backend_settings.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/option_reader.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace queuemeter::cli {

ExitCode backend_command(const CommandLine& line) {
  const auto understood = backend_settings(line);
  if (understood.has_error()) {
    return complain(understood.error());
  }
  const BackendServerSettings& settings = understood.value();
  hold_stop_signals();
  const auto started = BackendServer::start(settings);
  if (started.has_error()) {
    return complain(started.error());
  }
  BackendServer& server = *started.value();
  // Whoever started us waits for this line.
  fmt::print("queuemeter backend listens on http://{}:{}\n", with_brackets(settings.host),
             server.port());
  std::fflush(stdout);
  wait_for_stop();
  server.stop();
  return ExitCode::done;
}

}  // namespace queuemeter::cli
