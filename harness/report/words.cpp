// SPDX-License-Identifier: Apache-2.0
#include "harness/report/words.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter::words {

const std::optional<SpanSummary>& span_of(const RunDocument& run, Span span) {
  return run.latency[static_cast<std::size_t>(span)];
}

std::optional<Duration> percentile_of(const RunDocument& run, Span span, PercentileMember member) {
  const auto& summary = span_of(run, span);
  return summary ? (*summary).*member : std::nullopt;
}

std::string time(std::optional<Duration> span) { return span ? format_duration(*span) : "-"; }

std::string percentile(const RunDocument& run, Span span, PercentileMember member) {
  return time(percentile_of(run, span, member));
}

std::string rate(double calls_per_second) {
  return format_rate(Rate::per_second(calls_per_second));
}

std::string count(std::int64_t calls) {
  return calls < 0 ? "-" + format_count(0U - static_cast<std::uint64_t>(calls))
                   : format_count(static_cast<std::uint64_t>(calls));
}

std::string share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? format_percent(static_cast<double>(part) / static_cast<double>(whole)) : "-";
}

std::string percent(std::optional<double> fraction) {
  return fraction ? format_percent(*fraction) : "-";
}

std::string span_name(Span span) {
  switch (span) {
    case Span::completion:
      return "result ready";
    case Span::answer:
      return "first answer";
    case Span::lateness:
      return "lateness (our own error)";
    case Span::admission:
      return "admission: offered to accepted";
    case Span::queueing:
      return "queueing: offered to taken";
    case Span::handoff:
      return "handoff: until it is called";
    case Span::service:
      return "service: the backend at work";
    case Span::returning:
      return "return: replied to returned";
  }
  return "";
}

std::string backlog(const RunDocument& run) {
  if (!run.backlog || run.queue_name.empty()) {
    return "-";
  }
  const std::string drain = run.backlog->drain
                                ? format_duration(*run.backlog->drain)
                                : "> " + format_duration(from_seconds(run.drain_seconds));
  return fmt::format("{} / {} / {}", count(run.backlog->peak),
                     format_duration(run.backlog->oldest_age), drain);
}

std::string wasted(const RunDocument& run) {
  if (!run.backend_served || !run.backend_wasted || *run.backend_served == 0) {
    return "-";
  }
  return format_percent(static_cast<double>(*run.backend_wasted) /
                        static_cast<double>(*run.backend_served));
}

std::string verdict(const RunDocument& run) {
  std::string names;
  const bool invalid = run.validity.verdict == Validity::Verdict::invalid;
  for (const Check& check : run.validity.checks) {
    if (check.verdict == (invalid ? Check::Verdict::fail : Check::Verdict::warn)) {
      names += (names.empty() ? "" : ", ") + check.id;
    }
  }
  switch (run.validity.verdict) {
    case Validity::Verdict::valid:
      return "VALID";
    case Validity::Verdict::suspect:
      return fmt::format("SUSPECT ({})", names);
    case Validity::Verdict::invalid:
      return fmt::format("INVALID ({})", names);
  }
  return "";
}

std::string guarantee(const RunDocument& run) {
  if (run.queue_name.empty()) {
    return "";
  }
  return fmt::format("{}: {} ({}); {} ({})", run.queue_name, run.producer_guarantee_words,
                     run.producer_guarantee, run.consumer_guarantee_words, run.consumer_guarantee);
}

double done_share(const RunDocument& run) {
  return run.ledger.planned > 0
             ? static_cast<double>(run.ledger.goodput()) / static_cast<double>(run.ledger.planned)
             : 0.0;
}

}  // namespace queuemeter::words
