// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"
#include "harness/report/columns.hpp"
#include "harness/report/matrix_setup.hpp"
#include "harness/report/run_table.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace queuemeter {
namespace {

constexpr std::size_t label_width = 19;
constexpr std::size_t cell_width = 9;

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

void add_run(Page& page, const RunDocument& run, const std::string& label) {
  page.row(label, label_width,
           {words::rate(run.planned_per_s), words::share(run.ledger.goodput(), run.ledger.planned),
            words::percentile(run, Span::answer, &SpanSummary::p50),
            words::percentile(run, Span::answer, &SpanSummary::p99),
            words::percentile(run, Span::completion, &SpanSummary::p50),
            words::percentile(run, Span::completion, &SpanSummary::p99),
            words::percentile(run, Span::lateness, &SpanSummary::p99),
            words::percent(run.drop_rate_max), short_verdict(run)},
           cell_width);
}

/// "from 20 ms to 23 ms" of the runs that are repetitions of one another.
std::string range_of(const std::vector<const RunDocument*>& runs) {
  std::vector<double> rates;
  std::vector<Duration> p99s;
  for (const RunDocument* run : runs) {
    rates.push_back(run->completed_per_s);
    if (const auto p99 = words::percentile_of(*run, Span::completion, &SpanSummary::p99)) {
      p99s.push_back(*p99);
    }
  }
  const auto [slowest, fastest] = std::minmax_element(rates.begin(), rates.end());
  std::string text = fmt::format("{} runs: done {} to {}", runs.size(), words::rate(*slowest),
                                 words::rate(*fastest));
  if (!p99s.empty()) {
    const auto [least, most] = std::minmax_element(p99s.begin(), p99s.end());
    text += fmt::format(", result p99 {} to {}", format_duration(*least), format_duration(*most));
  }
  return text;
}

/// How far repetitions of one scenario are apart.
void add_repetitions(Page& page, std::span<const RunDocument> runs) {
  std::map<std::string, std::vector<const RunDocument*>> groups;
  for (const RunDocument& run : runs) {
    if (run.repetition > 0) {
      groups[run.label].push_back(&run);
    }
  }
  for (const auto& [label, group] : groups) {
    page.paragraph(fmt::format("{}{}", label.empty() ? "" : label + ": ", range_of(group)), 2);
  }
}

void add_troubles(Page& page, const RunDocument& run, const std::string& label) {
  if (run.validity.verdict != Validity::Verdict::valid) {
    page.paragraph(fmt::format("{}: {}", label, words::verdict(run)), 2);
  }
  const auto add_missed = [&](const std::vector<ObjectiveResult>& results, const std::string& who) {
    for (const ObjectiveResult& result : results) {
      if (result.met == false) {
        page.paragraph(fmt::format("{}: objective {}{} {} MISSED", label, who,
                                   result.objective.metric, result.objective.text),
                       2);
      }
    }
  };
  add_missed(run.objectives, "");
  for (const ClassResult& each : run.classes) {
    add_missed(each.objectives, each.name + ": ");
  }
}

bool any(std::span<const RunDocument> runs, bool (*holds)(const RunDocument& run)) {
  return std::any_of(runs.begin(), runs.end(), holds);
}

}  // namespace

std::string matrix_table(std::span<const RunDocument> runs, const std::string& folder) {
  Page page;
  const MatrixSetup setup = setup_of(runs);
  const auto valid = std::count_if(runs.begin(), runs.end(), [](const RunDocument& run) {
    return run.validity.verdict == Validity::Verdict::valid;
  });
  page.paragraph(fmt::format("{} runs, {}/{} VALID", runs.size(), valid, runs.size()));
  page.paragraph(setup.common, 2);
  page.row("", label_width, {"planned", "done", "answer", "", "result", "", "lateness", "not", ""},
           cell_width);
  page.row("", label_width, {"", "in time", "p50", "p99", "p50", "p99", "p99", "done", "run"},
           cell_width);
  for (std::size_t index = 0; index < runs.size(); ++index) {
    add_run(page, runs[index], setup.labels[index]);
  }
  add_repetitions(page, runs);
  if (any(runs, [](const RunDocument& run) { return run.saturated; })) {
    page.paragraph("* saturated: what was measured could not keep up", 2);
  }
  if (any(runs, words::shares_stamps)) {
    page.paragraph("stamps shared: read the throughput; the times are no latencies", 2);
  }
  if (const std::string differing = unfair_differences(runs); !differing.empty()) {
    page.paragraph("NOT RANKED: these runs differ in " + differing, 2);
  }
  for (std::size_t index = 0; index < runs.size(); ++index) {
    add_troubles(page, runs[index], setup.labels[index]);
  }
  if (!folder.empty()) {
    page.paragraph("saved in   " + folder, 11);
  }
  return page.text();
}

}  // namespace queuemeter
