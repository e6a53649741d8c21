// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/server_process.hpp"
#include "harness/cli/backend_settings.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/option_reader.hpp"
#include "harness/front/backend_watch.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <optional>

namespace queuemeter::cli {

ExitCode backend_command(const CommandLine& line) {
  const auto understood = backend_settings(line);
  if (understood.has_error()) {
    return complain(understood.error());
  }
  const BackendServerSettings& settings = understood.value();
  const auto watching = watch_settings(line);
  if (watching.has_error()) {
    return complain(watching.error());
  }
  hold_stop_signals();
  std::optional<BackendWatch> watch;
  if (const auto& wanted = watching.value(); wanted.has_value()) {
    watch.emplace(CallIdFinder{wanted->call_id, wanted->run_id},
                  ServerProcess::passed_on_descriptor);
  }
  const auto started = BackendServer::start(settings, watch ? &*watch : nullptr);
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
