// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_command_line.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <string_view>

namespace queuemeter {
namespace {

std::string_view word_of(WaitPolicyKind wait) noexcept {
  switch (wait) {
    case WaitPolicyKind::spin:
      return "spin";
    case WaitPolicyKind::spin_yield:
      return "spin_yield";
    case WaitPolicyKind::spin_park:
      return "spin_park";
  }
  return "";
}

}  // namespace

std::vector<std::string> front_command_line(const std::string& program,
                                            const FrontSettings& settings) {
  const bool has_threads = settings.workers == FrontSettings::Workers::thread;
  std::vector<std::string> words{program,         "front",
                                 "--queue",       settings.queue.use,
                                 "--wait",        std::string{word_of(settings.queue.wait)},
                                 "--batch",       std::to_string(settings.queue.batch),
                                 "--window",      std::to_string(settings.queue.window),
                                 "--prefetch",    std::to_string(settings.queue.prefetch),
                                 "--worker-kind", has_threads ? "thread" : "async",
                                 "--workers",     std::to_string(settings.worker_count),
                                 "--backend",     settings.backend_url,
                                 "--timeout",     to_scenario_text(settings.backend_timeout),
                                 "--port",        std::to_string(settings.port)};
  const auto add = [&words](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  if (settings.queue.bound) {
    add("--bound", std::to_string(*settings.queue.bound));
  }
  for (const auto& [name, value] : settings.queue.options) {
    add("--queue-option", fmt::format("{}={}", name, value));
  }
  if (settings.deadline) {
    add("--deadline", to_scenario_text(*settings.deadline));
  }
  return words;
}

}  // namespace queuemeter
