// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/front_options.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/option_reader.hpp"
#include "harness/front/front_server.hpp"
#include "queue_impls/catalogue.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

namespace queuemeter::cli {

namespace {

bool is_of_this_host_only(std::string_view host) noexcept {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

}  // namespace

ExitCode front_command(const CommandLine& line) {
  const auto understood = front_options(line);
  if (understood.has_error()) {
    return complain(understood.error());
  }
  const FrontOptions& options = *understood;
  const FrontSettings& settings = options.front;
  hold_stop_signals();
  const auto started = FrontServer::start(settings, queues::open_queue);
  if (started.has_error()) {
    return complain(started.error());
  }
  FrontServer& front = **started;
  if (!is_of_this_host_only(settings.host)) {
    fmt::print(stderr, "queuemeter front: other hosts can reach {}, and nobody has to log in\n",
               settings.host);
  }
  // Whoever started us waits for this line.
  fmt::print("queuemeter front listens on http://{}:{}\n", with_brackets(settings.host),
             front.port());
  std::fflush(stdout);
  wait_for_stop();
  if (const std::size_t left = front.drain(options.drain); left > 0) {
    fmt::print(stderr, "queuemeter front: {} not done after {}\n",
               left == 1 ? "1 call was" : fmt::format("{} calls were", left),
               format_duration(options.drain));
  }
  return ExitCode::done;
}

}  // namespace queuemeter::cli
