// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/report/columns.hpp"
#include "harness/report/run_table.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace queuemeter {
namespace {

constexpr std::size_t label_width = 19;
constexpr std::size_t cell_width = 9;

std::string label_of(const RunDocument& run) {
  return run.label.empty() ? words::path(run) : run.label;
}

std::string short_verdict(const RunDocument& run) {
  switch (run.validity.verdict) {
    case Validity::Verdict::valid:
      return run.saturated ? "valid *" : "valid";
    case Validity::Verdict::suspect:
      return run.saturated ? "SUSPECT*" : "SUSPECT";
    case Validity::Verdict::invalid:
      return "INVALID";
  }
  return "";
}

void add_run(Page& page, const RunDocument& run) {
  page.row(label_of(run), label_width,
           {words::rate(run.planned_per_s), words::share(run.ledger.goodput(), run.ledger.planned),
            words::percentile(run, Span::answer, &SpanSummary::p50),
            words::percentile(run, Span::answer, &SpanSummary::p99),
            words::percentile(run, Span::completion, &SpanSummary::p50),
            words::percentile(run, Span::completion, &SpanSummary::p99),
            words::percentile(run, Span::lateness, &SpanSummary::p99),
            format_percent(run.drop_rate_max), short_verdict(run)},
           cell_width);
}

/// Adds the values to `text` when there is more than one.
void add_difference(std::string& text, std::string_view what, const std::set<std::string>& values) {
  if (values.size() < 2) {
    return;
  }
  std::string list;
  for (const std::string& value : values) {
    list += (list.empty() ? "" : ", ") + value;
  }
  text += fmt::format("{}{} ({})", text.empty() ? "" : "; ", what, list);
}

/// What makes a ranking of these runs unfair; "" when nothing does.
std::string differences(std::span<const RunDocument> runs) {
  std::set<std::string> guarantees;
  std::set<std::string> bounds;
  std::set<std::string> payloads;
  for (const RunDocument& run : runs) {
    payloads.insert(fmt::format("{} B", run.scenario.traffic.payload_bytes));
    if (!run.queue_name.empty()) {
      guarantees.insert(run.producer_guarantee + "/" + run.consumer_guarantee);
      bounds.insert(words::count(
          static_cast<std::int64_t>(run.scenario.queue.bound.value_or(default_queue_bound))));
    }
  }
  std::string text;
  add_difference(text, "guarantee", guarantees);
  add_difference(text, "bound", bounds);
  add_difference(text, "payload", payloads);
  return text;
}

}  // namespace

std::string matrix_table(std::span<const RunDocument> runs, const std::string& folder) {
  Page page;
  const auto valid = std::count_if(runs.begin(), runs.end(), [](const RunDocument& run) {
    return run.validity.verdict == Validity::Verdict::valid;
  });
  page.paragraph(fmt::format("{} runs, {}/{} VALID", runs.size(), valid, runs.size()));
  page.row("", label_width, {"planned", "done", "answer", "", "result", "", "late", "dropped", ""},
           cell_width);
  page.row("", label_width, {"", "in time", "p50", "p99", "p50", "p99", "p99", "at most", "run"},
           cell_width);
  for (const RunDocument& run : runs) {
    add_run(page, run);
  }
  if (std::any_of(runs.begin(), runs.end(), [](const RunDocument& run) { return run.saturated; })) {
    page.paragraph("* saturated: what was measured could not keep up", 2);
  }
  if (const std::string differing = differences(runs); !differing.empty()) {
    page.paragraph("NOT RANKED: these runs differ in " + differing, 2);
  }
  for (const RunDocument& run : runs) {
    if (run.validity.verdict != Validity::Verdict::valid) {
      page.paragraph(fmt::format("{}: {}", label_of(run), words::verdict(run)), 2);
    }
    for (const ObjectiveResult& result : run.objectives) {
      if (result.met == false) {
        page.paragraph(fmt::format("{}: objective {} {} MISSED", label_of(run),
                                   result.objective.metric, result.objective.text),
                       2);
      }
    }
  }
  if (!folder.empty()) {
    page.paragraph("saved in   " + folder, 11);
  }
  return page.text();
}

}  // namespace queuemeter
