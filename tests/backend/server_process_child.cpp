// SPDX-License-Identifier: Apache-2.0
// Stands in for `queuemeter backend`, with a few bad habits on request (by the name of its host).
#include "harness/backend/backend_server.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <signal.h>
#include <string>
#include <unistd.h>

int main(int argc, char** argv) {
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &stop, nullptr);
  if (argc < 2 || std::string{argv[1]} != "backend") {
    return 2;
  }
  std::map<std::string, std::string> options;
  for (int i = 2; i + 1 < argc; i += 2) {
    options[argv[i]] = argv[i + 1];
  }
  const std::string habit = options["--host"];
  if (habit == "fails") {
    std::fputs("the port is taken by a cat\n", stderr);
    return 4;
  }
  int signal = 0;  // sigwait goes on waiting after a freeze; sigwaitinfo would be interrupted
  if (habit == "silent") {
    return ::sigwait(&stop, &signal);
  }
  if (habit == "writes" && (::write(3, "here", 4) != 4 || ::write(4, "there", 5) == 5)) {
    return 1;
  }
  queuemeter::BackendServerSettings settings;
  settings.model.concurrency = std::strtoull(options["--pool"].c_str(), nullptr, 10);
  settings.model.service_time = queuemeter::Distribution::parse(options["--service-time"]).value();
  settings.model.queue = std::strtoull(options["--queue"].c_str(), nullptr, 10);
  settings.model.error_rate = std::strtod(options["--error-rate"].c_str(), nullptr);
  const auto server = queuemeter::BackendServer::start(settings).value();
  std::printf("queuemeter backend listens on http://127.0.0.1:%u\n", unsigned{server->port()});
  std::fflush(stdout);
  do {
    ::sigwait(&stop, &signal);
  } while (habit == "deaf");
  server->stop();
  return 0;
}
