// SPDX-License-Identifier: Apache-2.0
#include "harness/report/run_table.hpp"

#include "harness/call/quantity.hpp"
#include "harness/judge/limiting_part.hpp"
#include "harness/report/account.hpp"
#include "harness/report/columns.hpp"
#include "harness/report/next_step.hpp"
#include "harness/report/validity_text.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace queuemeter {
namespace {

constexpr std::size_t label_width = 34;
constexpr std::size_t cell_width = 11;

bool has_deadline(const RunDocument& run) {
  const TrafficSettings& traffic = run.scenario.traffic;
  return traffic.deadline.has_value() ||
         std::any_of(traffic.classes.begin(), traffic.classes.end(),
                     [](const TrafficClass& each) { return each.deadline.has_value(); });
}

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
                            words::count(run.ledger.planned), has_deadline(run) ? " in time" : "",
                            words::rate(run.planned_per_s), words::verdict(run));
}

void add_spans(Page& page, const RunDocument& run) {
  page.row("", label_width, {"p50", "p90", "p99", "p99.9", "max", "count"}, cell_width);
  for (const Span span : {Span::answer, Span::completion, Span::lateness, Span::admission,
                          Span::queueing, Span::handoff, Span::service, Span::returning}) {
    const auto& summary = words::span_of(run, span);
    const bool always = (span == Span::answer && words::has_answer(run)) ||
                        (span == Span::completion && words::has_completion(run)) ||
                        span == Span::lateness;
    if (!summary && !always) {
      continue;
    }
    page.row(words::span_name(span, run), label_width,
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
  const std::array again{run.ledger.redelivered, run.ledger.retried, run.ledger.phantom};
  if (std::any_of(again.begin(), again.end(), [](std::int64_t calls) { return calls != 0; })) {
    page.row("redelivered / retried / phantom", label_width,
             {words::count(again[0]), words::count(again[1]), words::count(again[2])}, cell_width);
  }
}

void add_rates(Page& page, const RunDocument& run) {
  page.row("per second", label_width, {"planned", "offered", "done", "in time"}, cell_width);
  page.row("", label_width,
           {words::rate(run.planned_per_s), words::rate(run.offered_per_s),
            words::rate(run.completed_per_s), words::rate(run.goodput_per_s)},
           cell_width);
}

/// "; 3 died, 12 ended after their share of calls": of worker processes.
std::string troubles(const RunDocument& run) {
  std::string text;
  if (run.worker_troubles && run.worker_troubles->crashed > 0) {
    text += fmt::format("; {} died at work", format_count(run.worker_troubles->crashed));
  }
  if (run.worker_troubles && run.worker_troubles->recycled > 0) {
    text += fmt::format("; {} ended after their share of calls",
                        format_count(run.worker_troubles->recycled));
  }
  return text;
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
    page.paragraph(fmt::format("{:<11}{} busy{}{}{}", part.part, format_percent(part.busy),
                               part.text.empty() ? "" : " (" + part.text + ")", needed,
                               part.part == "workers" ? troubles(run) : ""),
                   11);
  }
  if (words::wasted(run) != "-") {
    page.paragraph("wasted     backend's work for callers already gone: " + words::wasted(run), 11);
  }
}

/// How the results came back through a front end, and what asking for them cost.
void add_front(Page& page, const RunDocument& run) {
  if (!run.front) {
    return;
  }
  const FrontResult& front = *run.front;
  const SiteSettings& settings = run.scenario.path.site;
  const std::string reports = format_count(front.reports);
  switch (settings.completion) {
    case CompletedBy::response:
      break;
    case CompletedBy::callback:
      page.paragraph(fmt::format("callbacks  {} came; {} forged and refused", reports,
                                 format_count(front.forged)),
                     11);
      break;
    case CompletedBy::poll:
      page.paragraph(
          fmt::format("polls      {} questions, {:.1f} for each call done, {} each; the interval "
                      "of {} adds half of itself to a result on average",
                      format_count(front.polls),
                      static_cast<double>(front.polls) / static_cast<double>(std::max<std::int64_t>(
                                                             1, run.ledger.of(Outcome::completed))),
                      format_duration(from_seconds(front.mean_poll_s)),
                      format_duration(settings.poll_interval)),
          11);
      break;
    case CompletedBy::backend:
      page.paragraph(fmt::format("watched    {} answers of the backend; {} requests carried no "
                                 "call's id",
                                 reports, format_count(front.strange)),
                     11);
      break;
  }
}

/// One row for each class of calls, in the scenario's order.
void add_classes(Page& page, const RunDocument& run) {
  if (run.classes.empty()) {
    return;
  }
  page.blank();
  double weights = 0.0;
  for (const ClassResult& each : run.classes) {
    weights += each.weight;
  }
  page.row("class (its share of the calls)", label_width,
           {"planned", "done", "not done", "answer p99", "result p50", "p99"}, cell_width);
  const auto time_of = [](const ClassResult& each, Span span, words::PercentileMember member) {
    const auto& summary = each.latency[static_cast<std::size_t>(span)];
    return words::time(summary ? (*summary).*member : std::nullopt);
  };
  for (const ClassResult& each : run.classes) {
    page.row(fmt::format("{} ({})", each.name,
                         format_percent(weights > 0.0 ? each.weight / weights : 0.0)),
             label_width,
             {words::count(each.ledger.planned),
              words::share(each.ledger.goodput(), each.ledger.planned),
              words::percent(each.drop_rate_max), time_of(each, Span::answer, &SpanSummary::p99),
              time_of(each, Span::completion, &SpanSummary::p50),
              time_of(each, Span::completion, &SpanSummary::p99)},
             cell_width);
  }
}

void add_fairness(Page& page, const RunDocument& run) {
  const auto add = [&page](std::string_view who, std::string_view what,
                           const std::optional<CallSpread>& spread) {
    if (spread) {
      page.paragraph(fmt::format("fairness   {} {} {} from {} to {} calls each, {:.4g} on average "
                                 "(Jain's index {:.3f}; 1 is even)",
                                 format_count(spread->count), who, what, format_count(spread->min),
                                 format_count(spread->max), spread->mean, spread->jain),
                     11);
    }
  };
  add("callers", "completed", run.fairness.callers);
  add("consumers", "took", run.fairness.consumers);
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

void add_objectives(Page& page, const std::vector<ObjectiveResult>& results,
                    const std::string& who) {
  for (const ObjectiveResult& result : results) {
    const std::string came_of_it = !result.met ? "UNDECIDED" : *result.met ? "met" : "MISSED";
    const std::string seen =
        result.value ? value_text(result.objective, *result.value) : std::string{"no value"};
    page.paragraph(fmt::format("objective  {}{} {}: {}, {}{}", who, result.objective.metric,
                               result.objective.text, came_of_it, seen,
                               result.note.empty() ? "" : " (" + result.note + ")"),
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
  if (words::shares_stamps(run)) {
    page.paragraph(
        "STAMPS SHARED: one clock reading for a whole chunk of calls. Read the throughput; the "
        "times below are no latencies.",
        2);
  }
  add_spans(page, run);
  page.blank();
  add_account(page, run);
  add_rates(page, run);
  add_classes(page, run);
  page.blank();
  add_parts(page, run);
  add_front(page, run);
  add_fairness(page, run);
  add_objectives(page, run.objectives, "");
  for (const ClassResult& each : run.classes) {
    add_objectives(page, each.objectives, each.name + ": ");
  }
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
    page.paragraph("next       " + next_step(run, folder + "/scenario.toml"), 11);
  }
  return page.text();
}

}  // namespace queuemeter
