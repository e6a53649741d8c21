// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/backend_settings.hpp"

#include "harness/backend/server_process.hpp"
#include "harness/call/quantity.hpp"
#include "harness/cli/option_reader.hpp"

#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <limits>
#include <utility>

namespace queuemeter::cli {

Result<BackendServerSettings> backend_settings(const CommandLine& line) {
  constexpr std::uint64_t most_slots = 100'000;
  constexpr std::uint64_t most_calls = 10'000'000;
  constexpr std::uint64_t largest_answer = std::uint64_t{64} * 1024 * 1024;
  using Work = ServiceModel::Work;
  BackendServerSettings settings;
  ServiceModel& model = settings.model;
  OptionReader reader{line};
  reader.count("--pool", model.concurrency, 1, most_slots);
  reader.word("--model", settings.serves,
              {{"pool", BackendModel::pool}, {"event", BackendModel::event}});
  reader.parsed("--service-time", model.service_time, Distribution::parse);
  reader.word("--work", model.work, {{"sleep", Work::sleep}, {"burn", Work::burn}});
  reader.parsed_or_none("--rate-limit", model.rate_limit, parse_rate_limit);
  reader.parsed("--error-rate", model.error_rate, parse_fraction);
  reader.parsed("--hang-rate", model.hang_rate, parse_fraction);
  reader.count("--queue", model.queue, 0, most_calls);
  reader.count("--connections", settings.connections, 1, most_calls);
  reader.size("--answer", settings.answer_bytes, largest_answer);
  reader.parsed_or_none("--bandwidth", settings.bandwidth, parse_bandwidth);
  reader.count("--port", settings.port, 0, std::numeric_limits<std::uint16_t>::max());
  reader.count("--seed", model.seed, 0, std::numeric_limits<std::uint64_t>::max());
  settings.host = without_brackets(line.value("--host").value_or(settings.host));

  if (settings.host.empty()) {
    reader.add_wrong("--host", "needs an address, such as 127.0.0.1");
  }
  if (model.error_rate + model.hang_rate > 1.0) {
    reader.add_wrong("--error-rate and --hang-rate", "are more than 100% together");
  }
  const bool is_event = settings.serves == BackendModel::event;
  if (!is_event && settings.bandwidth) {
    reader.add_wrong("--bandwidth", "needs --model event");
  }
  if (is_event && model.work == Work::burn) {
    reader.add_wrong("--work burn", "would hold up all connections of --model event");
  }
  if (const auto wrong = reader.error()) {
    return *wrong;
  }
  return settings;
}

Result<std::optional<WatchSettings>> watch_settings(const CommandLine& line) {
  const std::optional<std::string> run = line.value("--watch");
  if (!run) {
    return std::optional<WatchSettings>{};
  }
  WatchSettings watch;
  OptionReader reader{line};
  const auto [stop, error] =
      std::from_chars(run->data(), run->data() + run->size(), watch.run_id, 16);
  if (error != std::errc{} || stop != run->data() + run->size()) {
    reader.add_wrong("--watch", *run + " is not the id of a run, which is written in hexadecimal");
  }
  reader.parsed("--call-id", watch.call_id, CallIdRule::parse);
  if (line.value("--model").value_or("pool") != "event") {
    reader.add_wrong("--watch", "needs --model event");
  }
  if (::fcntl(ServerProcess::passed_on_descriptor, F_GETFD) < 0) {
    reader.add_wrong("--watch",
                     "reports on descriptor 3, which is not open; it is for runs that "
                     "start their backend");
  }
  if (const auto wrong = reader.error()) {
    return *wrong;
  }
  return std::optional{std::move(watch)};
}

}  // namespace queuemeter::cli
