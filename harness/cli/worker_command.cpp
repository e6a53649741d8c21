// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/worker_command.hpp"

#include "harness/cli/commands.hpp"
#include "harness/path/process_worker.hpp"
#include "queue_impls/catalogue.hpp"

#include <charconv>
#include <cstddef>

namespace queuemeter::cli {

ExitCode worker_command(std::span<const std::string> words) {
  std::size_t number = 0;
  const std::string text = words.size() == 1 ? words.front() : std::string{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return complain(Error::usage(
        "worker: is started by `queuemeter run` with workers.kind = \"process\", never by hand"));
  }
  // What it could not open, its parent says; a crew of a hundred need not say it a hundred times.
  const Result<void> lived = run_worker_process(number, queues::open_queue);
  return lived ? ExitCode::done : exit_code_of(lived.error());
}

}  // namespace queuemeter::cli
