// SPDX-License-Identifier: Apache-2.0
#include "harness/report/comparison_table.hpp"

#include "harness/call/quantity.hpp"
#include "harness/judge/limiting_part.hpp"
#include "harness/report/account.hpp"
#include "harness/report/columns.hpp"
#include "harness/report/comparison_verdict.hpp"
#include "harness/report/validity_text.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

constexpr std::size_t label_width = 44;
constexpr std::size_t cell_width = 28;

/// A page with a label and a cell for each path.
class PairPage {
 public:
  explicit PairPage(const PathPair& pair) : pair_{pair} {}

  template <class Cell>
  void row(std::string_view label, Cell cell) {
    page.row(label, label_width, {cell(pair_.direct), cell(pair_.queued)}, cell_width);
  }
  [[nodiscard]] const PathPair& pair() const noexcept { return pair_; }

  Page page;

 private:
  const PathPair& pair_;
};

std::string two(const std::string& left, const std::string& right) {
  return fmt::format("{} / {:>7}", left, right);
}

void add_clocks(PairPage& out) {
  for (const Span span : {Span::answer, Span::completion}) {
    out.row(fmt::format("{:<29}p50 / p99", words::span_name(span)), [span](const RunDocument& run) {
      return two(words::percentile(run, span, &SpanSummary::p50),
                 words::percentile(run, span, &SpanSummary::p99));
    });
  }
  out.row(fmt::format("{:<29}      p99", words::span_name(Span::lateness)),
          [](const RunDocument& run) {
            return words::percentile(run, Span::lateness, &SpanSummary::p99);
          });
}

std::string counted(std::int64_t calls, const RunDocument& run) {
  return calls == 0 ? "-"
                    : fmt::format("{}{:>11}", words::count(calls),
                                  words::share(calls, run.ledger.planned));
}

/// Every planned call, once. Rows in which nobody has calls are left out; the sum is printed.
void add_account(PairPage& out) {
  const std::vector<AccountRow> direct = account_of(out.pair().direct);
  const std::vector<AccountRow> queued = account_of(out.pair().queued);
  bool first_drop = true;
  for (std::size_t index = 0; index < direct.size(); ++index) {
    const bool is_first = index == 0;
    if (!is_first && direct[index].count == 0 && queued[index].count == 0) {
      continue;
    }
    std::string label = queued[index].label;
    if (!queued[index].done) {
      label.insert(0, first_drop ? "not done   " : "           ");
      first_drop = false;
    }
    out.page.row(label, label_width,
                 {counted(direct[index].count, out.pair().direct),
                  counted(queued[index].count, out.pair().queued)},
                 cell_width);
  }
  out.row("all calls planned", [](const RunDocument& run) {
    return fmt::format("{}{:>11}", words::count(run.ledger.planned), "");
  });
  out.row("lost / duplicated / reordered", [](const RunDocument& run) {
    return fmt::format("{} / {} / {}", words::count(run.ledger.of(Outcome::lost)),
                       words::count(run.ledger.duplicated), words::count(run.ledger.reordered));
  });
}

void add_parts(PairPage& out) {
  out.row("backend worked for callers already gone", words::wasted);
  out.row("backlog    peak / oldest / time to drain", words::backlog);
  out.row("CPU of queuemeter itself, per call", [](const RunDocument& run) {
    return run.cpu_us_per_call > 0.0 ? format_duration(from_seconds(run.cpu_us_per_call * 1e-6))
                                     : std::string{"-"};
  });
}

/// What decides when which calls come, as text.
std::string traffic_of(const RunDocument& run) {
  const TrafficSettings& traffic = run.scenario.traffic;
  return fmt::format("{}, {}, {}, {}, {} classes", words::load(run), traffic.payload.to_text(),
                     traffic.deadline ? traffic.deadline->to_text() : "no deadline",
                     format_duration(traffic.reply_timeout), traffic.classes.size());
}

/// Says so where the two columns did not get the same traffic.
void add_differences(PairPage& out) {
  if (traffic_of(out.pair().direct) != traffic_of(out.pair().queued)) {
    out.page.paragraph(
        "NOT THE SAME TRAFFIC: rate, arrivals, payload, deadline or timeout differ between the "
        "columns, so they cannot be compared.");
  }
}

void add_validity(Page& page, const RunDocument& run) {
  page.verbatim(validity_text(run, fmt::format("{} at {}: ", to_string(run.scenario.path.kind),
                                               format_rate(run.scenario.traffic.rate))));
}

}  // namespace

std::string comparison_table(const PathPair& high, const PathPair* low,
                             const ComparisonPlace& place) {
  PairPage out{high};
  Page& page = out.page;
  page.paragraph(invalid_warning(high, low));
  page.paragraph(fmt::format("{}  {}", effect_sentence(high), validity_count(high, low)));
  page.paragraph(limiting_sentence(high.queued));
  add_differences(out);
  page.blank();
  page.paragraph(fmt::format("{}; {}", words::traffic(high.queued), words::backend(high.queued)),
                 2);
  out.row("", words::path);
  add_clocks(out);
  add_account(out);
  add_parts(out);
  if (low != nullptr) {
    page.paragraph(effect_in_passing(*low), 2);
  }
  page.blank();
  page.paragraph("guarantee  " + words::guarantee(high.queued), 11);
  for (const RunDocument* run : {&high.direct, &high.queued}) {
    add_validity(page, *run);
  }
  if (low != nullptr) {
    add_validity(page, low->direct);
    add_validity(page, low->queued);
  }
  page.verbatim(label_text(high.queued));
  if (!place.folder.empty()) {
    page.paragraph("saved in   " + place.folder, 11);
  }
  page.paragraph("next       " + next_command(high, low, place), 11);
  return page.text();
}

}  // namespace queuemeter
