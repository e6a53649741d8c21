// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/front_options.hpp"

#include "harness/call/quantity.hpp"
#include "harness/cli/option_reader.hpp"

#include <cstdint>
#include <limits>

namespace queuemeter::cli {

namespace {

void read_queue(const CommandLine& line, OptionReader& reader, QueueSettings& queue) {
  constexpr std::uint64_t most_calls = 10'000'000;
  constexpr std::uint64_t most_at_once = 65'536;
  queue.use = line.value("--queue").value_or(queue.use);
  std::size_t bound = 0;
  reader.count("--bound", bound, 1, most_calls);
  if (bound > 0) {
    queue.bound = bound;
  }
  reader.word("--wait", queue.wait,
              {{"spin", WaitPolicyKind::spin},
               {"spin_yield", WaitPolicyKind::spin_yield},
               {"spin_park", WaitPolicyKind::spin_park}});
  reader.count("--batch", queue.batch, 1, most_at_once);
  reader.count("--window", queue.window, 1, most_at_once);
  reader.count("--prefetch", queue.prefetch, 1, most_at_once);
  for (const auto& [option, text] : line.given) {
    const std::size_t equals = text.find('=');
    if (option == "--queue-option" && equals == std::string::npos) {
      reader.add_wrong(option, text + " is not NAME=VALUE");
    } else if (option == "--queue-option") {
      queue.options.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
}

void read_limits(OptionReader& reader, FrontSettings& front) {
  constexpr std::uint64_t most = 10'000'000;
  constexpr std::uint64_t largest_body = std::uint64_t{64} * 1024 * 1024;
  reader.count("--keep", front.kept, 0, most);
  reader.parsed("--keep-for", front.keep_for, parse_duration);
  reader.count("--per-client", front.per_client, 0, most);
  reader.size("--largest-body", front.body_limit, largest_body);
  reader.count("--connections", front.connections, 1, most);
  reader.word("--callbacks", front.callbacks.anywhere, {{"own", false}, {"anywhere", true}});
  reader.count("--callback-attempts", front.callbacks.attempts, 1, 100);
}

}  // namespace

Result<FrontOptions> front_options(const CommandLine& line) {
  constexpr std::uint64_t most_workers = 65'536;
  FrontOptions options;
  FrontSettings& front = options.front;
  OptionReader reader{line};
  front.backend_url = line.value("--backend").value_or("");
  if (front.backend_url.empty()) {
    reader.add_wrong("--backend",
                     "is needed: the URL that workers call, such as "
                     "http://127.0.0.1:8080/");
  }
  read_queue(line, reader, front.queue);
  reader.word(
      "--worker-kind", front.workers,
      {{"async", FrontSettings::Workers::async}, {"thread", FrontSettings::Workers::thread}});
  reader.count("--workers", front.worker_count, 1, most_workers);
  reader.parsed("--timeout", front.backend_timeout, parse_duration);
  reader.parsed_or_none("--deadline", front.deadline, parse_duration);
  read_limits(reader, front);
  reader.parsed("--drain", options.drain, parse_duration);
  reader.count("--port", front.port, 0, std::numeric_limits<std::uint16_t>::max());
  front.host = without_brackets(line.value("--host").value_or(front.host));
  if (front.host.empty()) {
    reader.add_wrong("--host", "needs an address, such as 127.0.0.1");
  }
  if (const auto wrong = reader.error()) {
    return *wrong;
  }
  return options;
}

}  // namespace queuemeter::cli
