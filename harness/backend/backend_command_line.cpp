// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_command_line.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter {

std::vector<std::string> backend_command_line(const std::string& program,
                                              const BackendServerSettings& settings) {
  const BackendServerSettings defaults;
  std::vector<std::string> words{program,          "backend",
                                 "--pool",         std::to_string(settings.model.concurrency),
                                 "--service-time", settings.model.service_time.to_text(),
                                 "--queue",        std::to_string(settings.model.queue),
                                 "--port",         std::to_string(settings.port)};
  const auto add = [&words](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  if (settings.model.error_rate > 0.0) {
    add("--error-rate", fmt::format("{}", settings.model.error_rate));
  }
  if (settings.model.hang_rate > 0.0) {
    add("--hang-rate", fmt::format("{}", settings.model.hang_rate));
  }
  if (settings.host != defaults.host) {
    add("--host", settings.host);
  }
  if (settings.connections != defaults.connections) {
    add("--connections", std::to_string(settings.connections));
  }
  if (settings.model.seed != defaults.model.seed) {
    add("--seed", std::to_string(settings.model.seed));
  }
  if (settings.model.work == ServiceModel::Work::burn) {
    add("--work", "burn");
  }
  if (settings.serves == BackendModel::event) {
    add("--model", "event");
  }
  if (settings.answer_bytes != defaults.answer_bytes) {
    add("--answer", fmt::format("{}B", settings.answer_bytes));
  }
  if (settings.bandwidth) {
    add("--bandwidth", fmt::format("{}B/s", *settings.bandwidth));
  }
  if (settings.model.rate_limit) {
    add("--rate-limit", to_scenario_text(*settings.model.rate_limit));
  }
  return words;
}

}  // namespace queuemeter
