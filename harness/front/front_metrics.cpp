// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace queuemeter {
namespace {

/// Writes families of metrics, whose names it begins alike.
class MetricsWriter {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    add("# TYPE queuemeter_front_{} {}\n# HELP queuemeter_front_{} {}\n", name, type, name, help);
  }
  template <class Value>
  void sample(std::string_view suffix, Value value) {
    add("queuemeter_front_{}{} {}\n", name_, suffix, value);
  }
  [[nodiscard]] std::string end() && {
    text_.append("# EOF\n");
    return std::move(text_);
  }

 private:
  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }

  std::string_view name_;
  std::string text_;
};

void add_completion(const Histogram& completion, MetricsWriter& writer) {
  writer.family("completion_seconds", "summary",
                "From the request to the result, of completed calls.");
  const std::uint64_t count = completion.count();
  for (const double quantile : {0.5, 0.9, 0.99, 0.999}) {
    if (count > 0) {
      writer.sample(fmt::format("{{quantile=\"{}\"}}", quantile),
                    to_seconds(completion.value_at(quantile)));
    }
  }
  writer.sample("_sum", to_seconds(completion.mean()) * static_cast<double>(count));
  writer.sample("_count", count);
}

}  // namespace

std::string to_open_metrics(const FrontCounts& counts, const FrontGauges& gauges,
                            const CallbackSender::Counts& callbacks) {
  MetricsWriter writer;
  writer.family("accepted", "counter", "Calls accepted.");
  writer.sample("_total", counts.accepted);
  writer.family("rejected", "counter", "Calls refused, by what for.");
  for (const auto& [reason, count] : std::array{
           std::pair{"queue_full", counts.queue_full},
           std::pair{"queue_failed", counts.queue_failed},
           std::pair{"client_limit", counts.client_limit}, std::pair{"draining", counts.draining},
           std::pair{"bad_call", counts.bad_call}, std::pair{"id_taken", counts.id_taken}}) {
    writer.sample(fmt::format("_total{{reason=\"{}\"}}", reason), count);
  }
  writer.family("done", "counter", "Calls done, by their outcome.");
  for (const auto& [outcome, count] : std::array{
           std::pair{"completed", counts.completed}, std::pair{"failed", counts.failed},
           std::pair{"expired", counts.expired}, std::pair{"unfinished", counts.unfinished}}) {
    writer.sample(fmt::format("_total{{outcome=\"{}\"}}", outcome), count);
  }
  writer.family("duplicates", "counter", "Deliveries of a call after its first one.");
  writer.sample("_total", counts.duplicates);
  writer.family("live", "gauge", "Calls accepted and not done.");
  writer.sample("", gauges.live);
  if (gauges.queued) {
    writer.family("queued", "gauge", "Calls waiting in the queue.");
    writer.sample("", *gauges.queued);
    writer.family("working", "gauge", "Calls that workers have in hand.");
    writer.sample("", gauges.live - std::min(gauges.live, *gauges.queued));
  }
  writer.family("results", "gauge", "Results kept for who asks.");
  writer.sample("", gauges.kept);
  writer.family("connections", "gauge", "Open connections of clients.");
  writer.sample("", gauges.connections);
  writer.family("buffered_bytes", "gauge", "Of requests that are not whole and answers not sent.");
  writer.sample("", gauges.buffered_bytes);
  writer.family("callbacks_sent", "counter", "Results posted and answered 2xx.");
  writer.sample("_total", callbacks.sent);
  writer.family("callbacks_failed", "counter", "Results that could not be posted.");
  writer.sample("_total", callbacks.failed);
  writer.family("callbacks_retried", "counter", "Attempts to post after the first.");
  writer.sample("_total", callbacks.retried);
  writer.family("callbacks_waiting", "gauge", "Results in line to be posted.");
  writer.sample("", callbacks.waiting);
  add_completion(counts.completion, writer);
  return std::move(writer).end();
}

}  // namespace queuemeter
