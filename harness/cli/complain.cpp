// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/commands.hpp"
#include "harness/cli/without_passwords.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>

namespace queuemeter::cli {

ExitCode complain(const Error& error) {
  std::istringstream lines{without_passwords(error.what)};
  for (std::string line; std::getline(lines, line);) {
    fmt::print(stderr, "queuemeter: {}\n", line);
  }
  return exit_code_of(error);
}

}  // namespace queuemeter::cli
