// SPDX-License-Identifier: Apache-2.0
// What was measured, in a phrase each: load, path, backend.
#include "harness/call/quantity.hpp"
#include "harness/call/url_password.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <cmath>

namespace queuemeter::words {
namespace {

bool calls_over_http(const RunDocument& run) {
  const BackendSettings::Kind kind = run.scenario.backend.kind;
  return kind == BackendSettings::Kind::http || kind == BackendSettings::Kind::managed;
}

std::string planned_rate(const TrafficSettings& traffic) {
  if (!traffic.stages.empty()) {
    return fmt::format("{} stages from {}", traffic.stages.size(), format_rate(traffic.rate));
  }
  const double rate = traffic.rate.calls_per_second();
  return fmt::format("{} calls/s in total",
                     rate >= 1.0 ? count(std::llround(rate)) : fmt::format("{:.3g}", rate));
}

std::string thinking(const TrafficSettings& traffic) {
  if (!traffic.think.is_constant()) {
    return "think " + traffic.think.to_text();
  }
  const Duration think = traffic.think.mean();
  return think > Duration{0} ? "think " + format_duration(think) : "no think time";
}

std::string workers(const RunDocument& run) {
  // Those of a front end are not this run's to count.
  const std::size_t workers =
      run.scenario.path.kind == PathKind::front ? run.scenario.workers.count : run.worker_count;
  const std::string number = count(static_cast<std::int64_t>(workers));
  const std::string_view plural = workers == 1 ? "" : "s";
  switch (run.scenario.workers.kind) {
    case WorkerSettings::Kind::thread:
      return fmt::format("{} worker{}", number, plural);
    case WorkerSettings::Kind::async:
      return fmt::format("{} asynchronous slot{}", number, plural);
    case WorkerSettings::Kind::process:
      return fmt::format("{} worker process{}", number, workers == 1 ? "" : "es");
  }
  return "";
}

/// "by callback": how a result is known.
std::string completed_by(const SiteSettings& front) {
  return front.completion == CompletedBy::backend
             ? "by the watched backend"
             : fmt::format("by {}", to_string(front.completion));
}

std::string front(const RunDocument& run) {
  const SiteSettings& settings = run.scenario.path.site;
  if (settings.url.empty()) {
    return fmt::format("own front end, {}, {}; results {}", run.scenario.queue.use, workers(run),
                       completed_by(settings));
  }
  return fmt::format("front end {}; results {}", without_password(settings.url),
                     completed_by(settings));
}

}  // namespace

std::string span_name(Span span, const RunDocument& run) {
  return span == Span::handoff && calls_over_http(run) ? "handoff: wait for a connection"
                                                       : span_name(span);
}

bool shares_stamps(const RunDocument& run) { return run.scenario.queue.stamps == Stamps::shared; }

bool has_answer(const RunDocument& run) { return run.scenario.path.kind != PathKind::take; }

bool has_completion(const RunDocument& run) { return run.scenario.path.kind != PathKind::offer; }

std::string load(const RunDocument& run) {
  const TrafficSettings& traffic = run.scenario.traffic;
  switch (traffic.model) {
    case TrafficModel::open:
      return traffic.arrivals == Arrivals::replay
                 ? "replay of " + traffic.replay_file
                 : fmt::format("{} ({})", planned_rate(traffic), to_string(traffic.arrivals));
    case TrafficModel::closed:
      return fmt::format("{} callers, {}", count(static_cast<std::int64_t>(traffic.callers)),
                         thinking(traffic));
    case TrafficModel::half_open:
      return fmt::format("{} ({}) in sessions of {}, {}", planned_rate(traffic),
                         to_string(traffic.arrivals), traffic.session, thinking(traffic));
    case TrafficModel::saturate:
      return "as fast as the queue takes them";
  }
  return "";
}

std::string traffic(const RunDocument& run) {
  std::string text = load(run);
  if (run.scenario.run.pacing.kind != Pacing::Kind::timer) {
    text += ", pacing " + pacing_text(run.scenario.run.pacing);
  }
  return fmt::format("{}, {}", text, format_duration(from_seconds(run.measure_seconds)));
}

std::string backend(const RunDocument& run) {
  const BackendSettings& settings = run.scenario.backend;
  const PathKind path = run.scenario.path.kind;
  if (path == PathKind::offer || path == PathKind::take) {
    return "no backend";
  }
  const SiteSettings& front = run.scenario.path.site;
  if (path == PathKind::front && !front.url.empty() && front.completion != CompletedBy::backend) {
    return "backend of its own";
  }
  switch (settings.kind) {
    case BackendSettings::Kind::none:
      return "no backend";
    case BackendSettings::Kind::http:
      return "backend " + settings.url;
    case BackendSettings::Kind::synthetic:
    case BackendSettings::Kind::managed:
      break;
  }
  const Duration mean = settings.service_time.mean();
  const std::string time_text =
      settings.service_time.is_constant() ? format_duration(mean) : settings.service_time.to_text();
  std::string text = fmt::format("backend {} slots x {}{}", settings.concurrency, time_text,
                                 settings.work == BackendSettings::Work::burn ? " of CPU" : "");
  if (mean > Duration{0} && mean < Duration::max()) {
    text += " = " + rate(static_cast<double>(settings.concurrency) / to_seconds(mean));
  }
  if (settings.rate_limit) {
    text += ", at most " + to_scenario_text(*settings.rate_limit);
  }
  return text;
}

std::string path(const RunDocument& run) {
  switch (run.scenario.path.kind) {
    case PathKind::direct:
      return "direct";
    case PathKind::queued:
      return fmt::format("queued, {}{}", workers(run),
                         run.scenario.path.reply == ReplyKind::queue ? ", replies by a queue" : "");
    case PathKind::front:
      return front(run);
    case PathKind::offer:
      return "offer only: done when the queue has accepted it";
    case PathKind::take:
      return "take only: done when it is taken and acknowledged";
  }
  return "";
}

}  // namespace queuemeter::words
