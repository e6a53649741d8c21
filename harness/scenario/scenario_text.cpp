// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/call/url_password.hpp"
#include "harness/scenario/objective.hpp"
#include "harness/scenario/read_site.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/scenario/setting_text.hpp"
#include "harness/scenario/toml_writer.hpp"
#include "harness/scenario/write_http.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace queuemeter {
namespace {

void write_run(const RunSettings& run, TomlWriter& writer) {
  writer.table("[run]");
  writer.line("warm_up", toml_text(run.warm_up));
  writer.line("measure", toml_text(run.measure));
  writer.line("drain", toml_text(run.drain));
  writer.count("seed", run.seed);
  writer.line("pacing", toml_text(to_scenario_text(run.pacing)));
  writer.line("tick", toml_text(run.tick));
  if (run.calls) {
    writer.count("calls", *run.calls);
  }
  writer.count("repeat", run.repeat);
}

std::string stage_text(const Stage& stage) {
  const auto rated = [&](std::string_view key) {
    return fmt::format("{{ {} = {}, for = {} }}", key, toml_text(stage.rate),
                       toml_text(stage.length));
  };
  switch (stage.kind) {
    case Stage::Kind::hold:
      return rated("rate");
    case Stage::Kind::ramp:
      return rated("ramp_to");
    case Stage::Kind::step:
      return rated("step_to");
    case Stage::Kind::burst:
      return fmt::format("{{ burst = {} }}", stage.calls);
    case Stage::Kind::sine:
      return fmt::format("{{ sine = {}, period = {}, for = {} }}",
                         toml_text(to_scenario_text(Swing{stage.rate, stage.peak})),
                         toml_text(stage.period), toml_text(stage.length));
  }
  return {};
}

void write_arrivals(const TrafficSettings& traffic, TomlWriter& writer) {
  if (traffic.arrivals == Arrivals::replay) {
    writer.line("arrivals", toml_text("replay:" + traffic.replay_file));
    return;
  }
  writer.line("arrivals", toml_text(to_string(traffic.arrivals)));
  writer.line("rate", toml_text(traffic.rate));
  if (!traffic.stages.empty()) {
    std::string stages = "[\n";
    for (const Stage& stage : traffic.stages) {
      stages += fmt::format("  {},\n", stage_text(stage));
    }
    writer.line("stages", stages + "]");
  }
}

/// Only what the model uses: a rate and callers in one scenario would contradict each other.
void write_model(const TrafficSettings& traffic, TomlWriter& writer) {
  writer.line("model", toml_text(to_string(traffic.model)));
  switch (traffic.model) {
    case TrafficModel::open:
      write_arrivals(traffic, writer);
      break;
    case TrafficModel::closed:
      writer.count("callers", traffic.callers);
      writer.line("think", toml_text(traffic.think));
      writer.line("ramp", toml_text(traffic.ramp));
      break;
    case TrafficModel::half_open:
      write_arrivals(traffic, writer);
      writer.count("session", traffic.session);
      writer.line("think", toml_text(traffic.think));
      break;
    case TrafficModel::saturate:
      break;
  }
}

std::string objective_lines(std::vector<Objective> objectives, std::string_view separator) {
  std::sort(
      objectives.begin(), objectives.end(),
      [](const Objective& left, const Objective& right) { return left.metric < right.metric; });
  std::string text;
  for (const Objective& objective : objectives) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : separator, objective.metric,
                        toml_text(to_scenario_text(objective)));
  }
  return text;
}

void write_class(const TrafficClass& one, TomlWriter& writer) {
  writer.table("[[traffic.class]]");
  writer.line("name", toml_text(one.name));
  writer.line("weight", toml_number(one.weight));
  writer.line("payload", toml_text(one.payload.to_text()));
  writer.optional_line("deadline", one.deadline);
  writer.count("priority", one.priority);
  if (!one.objectives.empty()) {
    writer.line("objectives", fmt::format("{{ {} }}", objective_lines(one.objectives, ", ")));
  }
}

void write_traffic(const TrafficSettings& traffic, PathKind path, TomlWriter& writer) {
  writer.table("[traffic]");
  if (path == PathKind::take) {  // nothing arrives
    writer.line("model", toml_text(to_string(traffic.model)));
  } else {
    write_model(traffic, writer);
  }
  writer.line("reply_timeout", toml_text(traffic.reply_timeout));
  writer.count("caller_limit", traffic.caller_limit);
  writer.line("payload", toml_text(traffic.payload.to_text()));
  write_http_request(traffic.request, writer);
  writer.optional_line("deadline", traffic.deadline);
  writer.count("offerers", traffic.offerers);
  if (!traffic.classes.empty()) {
    for (const TrafficClass& one : traffic.effective_classes()) {
      write_class(one, writer);
    }
  }
}

void write_path(const PathSettings& path, TomlWriter& writer) {
  writer.table("[path]");
  writer.line("kind", toml_text(to_string(path.kind)));
  writer.line("reply", toml_text(to_string(path.reply)));
  if (path.kind == PathKind::front) {
    write_front(path.site, writer);
  }
}

void write_queue(const QueueSettings& queue, TomlWriter& writer) {
  writer.table("[queue]");
  writer.line("use", toml_text(without_password(queue.use)));
  if (queue.bound) {
    writer.count("bound", *queue.bound);
  }
  writer.line("when_full", toml_text(to_string(queue.when_full)));
  writer.line("policy", R"("none")");
  writer.line("wait", toml_text(to_string(queue.wait)));
  writer.line("durable", "false");
  writer.count("batch", queue.batch);
  writer.count("window", queue.window);
  writer.count("prefetch", queue.prefetch);
  writer.line("stamps", toml_text(to_string(queue.stamps)));
  auto options = queue.options;
  for (auto& [name, value] : options) {
    if (is_secret_name(name)) {
      value = password_mask;
    }
  }
  writer.line("options", toml_table(std::move(options)));
}

void write_retry(const RetrySettings& retry, TomlWriter& writer) {
  writer.line("retry.kind", toml_text(to_string(retry.kind)));
  if (retry.kind == RetrySettings::Kind::none) {
    return;
  }
  writer.count("retry.attempts", retry.attempts);
  writer.line("retry.delay", toml_text(retry.delay));
  writer.line("retry.jitter", toml_number(retry.jitter));
  if (retry.budget) {
    writer.line("retry.budget", toml_number(*retry.budget));
  }
}

/// Only what the kind of worker uses: a thread does not boot.
void write_workers(const WorkerSettings& workers, TomlWriter& writer) {
  writer.table("[workers]");
  writer.line("kind", toml_text(to_string(workers.kind)));
  writer.count("count", workers.count);
  switch (workers.kind) {
    case WorkerSettings::Kind::thread:
      writer.line("poll", toml_text(workers.poll));
      break;
    case WorkerSettings::Kind::async:
      writer.count("threads", workers.threads);
      break;
    case WorkerSettings::Kind::process:
      writer.line("poll", toml_text(workers.poll));
      writer.line("boot", toml_text(workers.boot));
      writer.count("recycle.calls", workers.recycle.calls);
      writer.line("recycle.jitter", toml_number(workers.recycle.jitter));
      writer.line("crash_rate", toml_number(workers.crash_rate));
      break;
  }
  writer.optional_line("ack_timeout", workers.ack_timeout);
  write_retry(workers.retry, writer);
}

void write_backend(const BackendSettings& backend, TomlWriter& writer) {
  writer.table("[backend]");
  writer.line("kind", toml_text(to_string(backend.kind)));
  writer.line("service_time", toml_text(backend.service_time));
  writer.line("error_rate", toml_number(backend.error_rate));
  writer.line("hang_rate", toml_number(backend.hang_rate));
  writer.count("concurrency", backend.concurrency);
  writer.count("queue", backend.queue);
  writer.line("work", toml_text(to_string(backend.work)));
  write_connections(backend.client, writer);
  if (backend.kind == BackendSettings::Kind::http ||
      backend.kind == BackendSettings::Kind::managed) {
    write_http_client(backend.client, writer);
  }
  writer.line("rate_limit", toml_text(backend.rate_limit ? to_scenario_text(*backend.rate_limit)
                                                         : std::string{"none"}));
  if (backend.model != BackendSettings::Model::pool) {
    writer.line("model", toml_text(to_string(backend.model)));
  }
  if (backend.listen != ListenAddress{}) {
    writer.line("listen", toml_text(to_scenario_text(backend.listen)));
  }
  if (backend.answer != BackendSettings{}.answer) {
    writer.line("answer", toml_text(fmt::format("{}B", backend.answer)));
  }
  if (backend.bandwidth) {
    writer.line("bandwidth", toml_text(fmt::format("{}B/s", *backend.bandwidth)));
  }
  if (!backend.url.empty()) {
    writer.line("url", toml_text(without_password(backend.url)));
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

std::string to_toml(const Scenario& scenario) {
  TomlWriter writer;
  write_run(scenario.run, writer);
  write_traffic(scenario.traffic, scenario.path.kind, writer);
  write_path(scenario.path, writer);
  write_queue(scenario.queue, writer);
  write_workers(scenario.workers, writer);
  write_backend(scenario.backend, writer);
  if (!scenario.objectives.empty()) {
    writer.table("[objectives]\n" + objective_lines(scenario.objectives, "\n"));
  }
  for (const Fault& fault : scenario.faults) {
    write_fault(fault, writer);
  }
  return writer.take();
}

}  // namespace queuemeter
