// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/scenario.hpp"

#include "harness/call/quantity.hpp"
#include "harness/call/wire.hpp"
#include "harness/scenario/objective.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace queuemeter {
namespace {

/// A TOML basic string.
std::string toml_text(std::string_view text) {
  std::string quoted_text = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      quoted_text += '\\';
      quoted_text += letter;
    } else if (code < 0x20U || code == 0x7FU) {
      quoted_text += fmt::format("\\u{:04X}", code);
    } else {
      quoted_text += letter;
    }
  }
  return quoted_text + '"';
}

std::string toml_text(Duration span) { return toml_text(to_scenario_text(span)); }
std::string toml_text(Rate rate) { return toml_text(to_scenario_text(rate)); }

/// TOML tells 0.0, a number, from 0, a whole number.
std::string toml_number(double value) {
  std::string text = decimal_text(value);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

/// Collects the lines of the document.
class TomlWriter {
 public:
  void table(std::string_view header) {
    text_ += fmt::format("{}{}\n", text_.empty() ? "" : "\n", header);
  }
  void line(std::string_view key, std::string_view value) {
    text_ += fmt::format("{} = {}\n", key, value);
  }
  template <class Value>
  void optional_line(std::string_view key, const std::optional<Value>& value) {
    if (value) {
      line(key, toml_text(*value));
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string_view key_of(Stage::Kind kind) {
  switch (kind) {
    case Stage::Kind::hold:
      return "rate";
    case Stage::Kind::ramp:
      return "ramp_to";
    case Stage::Kind::step:
      return "step_to";
  }
  return "";
}

void write_run(const RunSettings& run, TomlWriter& writer) {
  writer.table("[run]");
  writer.line("warm_up", toml_text(run.warm_up));
  writer.line("measure", toml_text(run.measure));
  writer.line("drain", toml_text(run.drain));
  writer.line("seed", fmt::format("{}", run.seed));
  writer.line("pacing", R"("timer")");
  writer.line("tick", toml_text(run.tick));
}

void write_traffic(const TrafficSettings& traffic, TomlWriter& writer) {
  writer.table("[traffic]");
  writer.line("model", R"("open")");
  writer.line("arrivals", toml_text(to_string(traffic.arrivals)));
  writer.line("rate", toml_text(traffic.rate));
  if (!traffic.stages.empty()) {
    std::string stages = "[\n";
    for (const Stage& stage : traffic.stages) {
      stages += fmt::format("  {{ {} = {}, for = {} }},\n", key_of(stage.kind),
                            toml_text(stage.rate), toml_text(stage.length));
    }
    writer.line("stages", stages + "]");
  }
  writer.line("reply_timeout", toml_text(traffic.reply_timeout));
  writer.line("caller_limit", fmt::format("{}", traffic.caller_limit));
  writer.line("payload", fmt::format("\"{}B\"", traffic.payload_bytes));
  writer.optional_line("deadline", traffic.deadline);
  writer.line("offerers", fmt::format("{}", traffic.offerers));
}

void write_path(const PathSettings& path, TomlWriter& writer) {
  writer.table("[path]");
  writer.line("kind", toml_text(to_string(path.kind)));
  writer.line("reply", toml_text(to_string(path.reply)));
}

void write_queue(const QueueSettings& queue, TomlWriter& writer) {
  writer.table("[queue]");
  writer.line("use", toml_text(queue.use));
  if (queue.bound) {
    writer.line("bound", fmt::format("{}", *queue.bound));
  }
  writer.line("when_full", R"("reject")");
  writer.line("policy", R"("none")");
  writer.line("wait", toml_text(to_string(queue.wait)));
  writer.line("durable", "false");
  writer.line("batch", "1");
  writer.line("window", "32");
  writer.line("prefetch", "32");
  // Sorted, as they are read: equal experiments give equal text.
  auto options = queue.options;
  std::sort(options.begin(), options.end());
  std::string text;
  for (const auto& [name, value] : options) {
    text += fmt::format("{}{} = {}", text.empty() ? " " : ", ", toml_text(name), toml_text(value));
  }
  writer.line("options", text.empty() ? "{}" : fmt::format("{{{} }}", text));
}

void write_workers(const WorkerSettings& workers, TomlWriter& writer) {
  writer.table("[workers]");
  writer.line("kind", R"("thread")");
  writer.line("count", fmt::format("{}", workers.count));
  writer.line("poll", R"("0s")");
}

void write_backend(const BackendSettings& backend, TomlWriter& writer) {
  writer.table("[backend]");
  writer.line("kind", toml_text(to_string(backend.kind)));
  writer.line("service_time", toml_text(backend.service_time.to_text()));
  writer.line("error_rate", toml_number(backend.error_rate));
  writer.line("hang_rate", toml_number(backend.hang_rate));
  writer.line("concurrency", fmt::format("{}", backend.concurrency));
  writer.line("queue", fmt::format("{}", backend.queue));
  writer.line("work", R"("sleep")");
  writer.line("connections", fmt::format("{}", backend.connections));
  writer.line("timeouts.connect", toml_text(backend.connect_timeout));
  writer.optional_line("timeouts.first_byte", backend.first_byte_timeout);
  writer.optional_line("timeouts.whole", backend.whole_timeout);
  writer.line("rate_limit", R"("none")");
  if (!backend.url.empty()) {
    writer.line("url", toml_text(backend.url));
  }
}

void write_objectives(std::vector<Objective> objectives, TomlWriter& writer) {
  if (objectives.empty()) {
    return;
  }
  std::sort(
      objectives.begin(), objectives.end(),
      [](const Objective& left, const Objective& right) { return left.metric < right.metric; });
  writer.table("[objectives]");
  for (const Objective& objective : objectives) {
    writer.line(objective.metric, toml_text(to_scenario_text(objective)));
  }
}

void write_fault(const Fault& fault, TomlWriter& writer) {
  writer.table("[[fault]]");
  writer.line("at", toml_text(fault.at));
  writer.line("what", R"("freeze")");
  writer.line("who", R"("backend")");
  writer.line("for", toml_text(fault.length));
}

}  // namespace

std::string_view to_string(Arrivals arrivals) noexcept {
  switch (arrivals) {
    case Arrivals::constant:
      return "constant";
    case Arrivals::poisson:
      return "poisson";
  }
  return "";
}

std::string_view to_string(PathKind kind) noexcept {
  switch (kind) {
    case PathKind::direct:
      return "direct";
    case PathKind::queued:
      return "queued";
  }
  return "";
}

std::string_view to_string(ReplyKind kind) noexcept {
  switch (kind) {
    case ReplyKind::none:
      return "none";
    case ReplyKind::memory:
      return "memory";
  }
  return "";
}

std::string_view to_string(WaitPolicyKind kind) noexcept {
  switch (kind) {
    case WaitPolicyKind::spin:
      return "spin";
    case WaitPolicyKind::spin_yield:
      return "spin_yield";
    case WaitPolicyKind::spin_park:
      return "spin_park";
  }
  return "";
}

std::string_view to_string(BackendSettings::Kind kind) noexcept {
  switch (kind) {
    case BackendSettings::Kind::synthetic:
      return "synthetic";
    case BackendSettings::Kind::http:
      return "http";
    case BackendSettings::Kind::managed:
      return "managed";
  }
  return "";
}

std::string to_toml(const Scenario& scenario) {
  TomlWriter writer;
  write_run(scenario.run, writer);
  write_traffic(scenario.traffic, writer);
  write_path(scenario.path, writer);
  write_queue(scenario.queue, writer);
  write_workers(scenario.workers, writer);
  write_backend(scenario.backend, writer);
  write_objectives(scenario.objectives, writer);
  for (const Fault& fault : scenario.faults) {
    write_fault(fault, writer);
  }
  return writer.take();
}

std::string scenario_hash(const Scenario& scenario) {
  const std::string text = to_toml(scenario);
  return fmt::format("{:016x}", payload_checksum(std::as_bytes(std::span{text})));
}

}  // namespace queuemeter
