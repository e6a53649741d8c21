// SPDX-License-Identifier: Apache-2.0
#include "harness/report/run_table.hpp"

#include "harness/call/quantity.hpp"
#include "harness/judge/limiting_part.hpp"
#include "harness/report/account.hpp"
#include "harness/report/columns.hpp"
#include "harness/report/validity_text.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace queuemeter {
namespace {

constexpr std::size_t label_width = 34;
constexpr std::size_t cell_width = 11;

std::string headline(const RunDocument& run) {
  std::string text;
  if (run.interrupted) {
    text += "INTERRUPTED. ";
  }
  if (run.guarantee_broken) {
    text += "GUARANTEE BROKEN. ";
  }
  if (run.saturated) {
    text += "SATURATED: ";
  }
  return text + fmt::format("{} of {} calls done{} at {}.  {}",
                            words::share(run.ledger.goodput(), run.ledger.planned),
                            words::count(run.ledger.planned),
                            run.scenario.traffic.deadline ? " in time" : "",
                            words::rate(run.planned_per_s), words::verdict(run));
}

void add_spans(Page& page, const RunDocument& run) {
  page.row("", label_width, {"p50", "p90", "p99", "p99.9", "max", "count"}, cell_width);
  for (const Span span : {Span::answer, Span::completion, Span::lateness, Span::admission,
                          Span::queueing, Span::handoff, Span::service, Span::returning}) {
    const auto& summary = words::span_of(run, span);
    const bool always = span == Span::answer || span == Span::completion || span == Span::lateness;
    if (!summary && !always) {
      continue;
    }
    page.row(words::span_name(span), label_width,
             {words::percentile(run, span, &SpanSummary::p50),
              words::percentile(run, span, &SpanSummary::p90),
              words::percentile(run, span, &SpanSummary::p99),
              words::percentile(run, span, &SpanSummary::p999),
              summary && summary->count > 0 ? words::time(summary->max) : "-",
              summary ? words::count(static_cast<std::int64_t>(summary->count)) : "-"},
             cell_width);
  }
}

void add_account(Page& page, const RunDocument& run) {
  for (const AccountRow& row : account_of(run)) {
    if (row.count != 0) {
      page.row(row.label, label_width,
               {words::count(row.count), words::share(row.count, run.ledger.planned)}, cell_width);
    }
  }
  page.row("all calls planned", label_width, {words::count(run.ledger.planned)}, cell_width);
  page.row("lost / duplicated / reordered", label_width,
           {words::count(run.ledger.of(Outcome::lost)), words::count(run.ledger.duplicated),
            words::count(run.ledger.reordered)},
           cell_width);
}

void add_rates(Page& page, const RunDocument& run) {
  page.row("per second", label_width, {"planned", "offered", "done", "in time"}, cell_width);
  page.row("", label_width,
           {words::rate(run.planned_per_s), words::rate(run.offered_per_s),
            words::rate(run.completed_per_s), words::rate(run.goodput_per_s)},
           cell_width);
}

void add_parts(Page& page, const RunDocument& run) {
  if (run.backlog && !run.queue_name.empty()) {
    page.paragraph(fmt::format("backlog    peak / oldest / time to drain: {}; {}",
                               words::backlog(run), run.backlog->forecast),
                   11);
  }
  for (const PartBusy& part : run.busy) {
    const std::string needed =
        part.part == "workers" && run.workers_needed
            ? fmt::format("; {:.1f} needed for the planned rate", *run.workers_needed)
            : "";
    page.paragraph(fmt::format("{:<11}{} busy{}{}", part.part, format_percent(part.busy),
                               part.text.empty() ? "" : " (" + part.text + ")", needed),
                   11);
  }
  if (words::wasted(run) != "-") {
    page.paragraph("wasted     backend's work for callers already gone: " + words::wasted(run), 11);
  }
}

/// A value in the unit of its metric.
std::string value_text(const Objective& objective, double value) {
  if (objective.metric == "drop_rate") {
    return format_percent(value);
  }
  if (objective.metric == "goodput") {
    return words::rate(value);
  }
  return format_duration(from_seconds(value * 1e-9));
}

void add_objectives(Page& page, const RunDocument& run) {
  for (const ObjectiveResult& result : run.objectives) {
    const std::string came_of_it = !result.met ? "UNDECIDED" : *result.met ? "met" : "MISSED";
    const std::string seen =
        result.value ? value_text(result.objective, *result.value) : std::string{"no value"};
    page.paragraph(
        fmt::format("objective  {} {}: {}, {}{}", result.objective.metric, result.objective.text,
                    came_of_it, seen, result.note.empty() ? "" : " (" + result.note + ")"),
        11);
  }
}

void add_cost(Page& page, const RunDocument& run) {
  double cpu = 0.0;
  std::string by_role;
  for (const RoleCost& role : run.roles) {
    cpu += role.cpu_seconds;
    by_role += fmt::format(", {} {:.2f} s", role.role, role.cpu_seconds);
  }
  page.paragraph(
      fmt::format("cost       {} CPU per call of queuemeter itself; {:.2f} s CPU{}; {} MiB",
                  format_duration(from_seconds(run.cpu_us_per_call * 1e-6)), cpu, by_role,
                  run.max_rss_bytes >> 20U),
      11);
}

}  // namespace

std::string run_table(const RunDocument& run, const std::string& folder) {
  Page page;
  page.paragraph(headline(run));
  page.paragraph(limiting_sentence(run));
  page.blank();
  page.paragraph(fmt::format("{}{}; {}; {}", run.label.empty() ? "" : run.label + ": ",
                             words::traffic(run), words::path(run), words::backend(run)),
                 2);
  add_spans(page, run);
  page.blank();
  add_account(page, run);
  add_rates(page, run);
  page.blank();
  add_parts(page, run);
  add_objectives(page, run);
  for (const Finding& finding : run.findings) {
    page.paragraph("finding    " + finding.text, 11);
  }
  add_cost(page, run);
  if (!run.queue_name.empty()) {
    page.paragraph("guarantee  " + words::guarantee(run), 11);
  }
  page.verbatim(validity_text(run));
  page.verbatim(label_text(run));
  if (!folder.empty()) {
    page.paragraph("saved in   " + folder, 11);
    page.paragraph(fmt::format("next       queuemeter run {}/scenario.toml", folder), 11);
  }
  return page.text();
}

}  // namespace queuemeter
