// SPDX-License-Identifier: Apache-2.0
#include "harness/report/comparison_verdict.hpp"

#include "harness/call/quantity.hpp"
#include "harness/report/next_step.hpp"
#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace queuemeter {
namespace {

/// A result that takes this much longer, or shorter, is worth a sentence.
constexpr double notable_ratio = 1.25;

double variance_of_share(const RunDocument& run) {
  const double share = words::done_share(run);
  return share * (1.0 - share) / std::max(1.0, static_cast<double>(run.ledger.planned));
}

std::string done_words(const RunDocument& run) {
  return run.scenario.traffic.deadline ? "done in time" : "done";
}

std::string done(const RunDocument& run) {
  return words::share(run.ledger.goodput(), run.ledger.planned);
}

std::string rate_of(const PathPair& pair) { return format_rate(pair.queued.scenario.traffic.rate); }

std::vector<const RunDocument*> runs_of(const PathPair& high, const PathPair* low) {
  std::vector<const RunDocument*> runs{&high.direct, &high.queued};
  if (low != nullptr) {
    runs.push_back(&low->direct);
    runs.push_back(&low->queued);
  }
  return runs;
}

/// How long a result takes now, when that differs from before.
std::string time_sentence(const PathPair& pair, QueueEffect effect) {
  const auto direct = words::percentile_of(pair.direct, Span::completion, &SpanSummary::p50);
  const auto queued = words::percentile_of(pair.queued, Span::completion, &SpanSummary::p50);
  if (!queued) {
    return "";
  }
  if (!direct) {
    return fmt::format(" A result then takes {}.", words::time(queued));
  }
  const double ratio =
      static_cast<double>(queued->count()) / std::max(1.0, static_cast<double>(direct->count()));
  if (ratio > notable_ratio) {
    return fmt::format(" {} a result then takes {}.", effect == QueueEffect::helps ? "But" : "And",
                       words::time(queued));
  }
  if (ratio * notable_ratio < 1.0) {
    return fmt::format(" {} a result then takes {} instead of {}.",
                       effect == QueueEffect::hurts ? "But" : "And", words::time(queued),
                       words::time(direct));
  }
  return "";
}

std::string p99(const RunDocument& run) {
  return words::percentile(run, Span::completion, &SpanSummary::p99);
}

}  // namespace

QueueEffect effect_of(const PathPair& pair) {
  constexpr double notable = 0.02;
  constexpr double standard_errors = 4.0;
  const double gain = words::done_share(pair.queued) - words::done_share(pair.direct);
  const double error = std::sqrt(variance_of_share(pair.direct) + variance_of_share(pair.queued));
  if (std::abs(gain) < std::max(notable, standard_errors * error)) {
    return QueueEffect::none;
  }
  return gain > 0.0 ? QueueEffect::helps : QueueEffect::hurts;
}

std::string effect_sentence(const PathPair& pair) {
  const QueueEffect effect = effect_of(pair);
  switch (effect) {
    case QueueEffect::helps:
    case QueueEffect::hurts:
      return fmt::format("{}: at {} calls {} {} -> {}.{}",
                         effect == QueueEffect::helps ? "QUEUE HELPS" : "QUEUE DOES NOT HELP",
                         rate_of(pair), done_words(pair.queued), done(pair.direct),
                         done(pair.queued), time_sentence(pair, effect));
    case QueueEffect::none:
      return fmt::format("NO DIFFERENCE: at {} calls {} {} direct, {} queued.{}", rate_of(pair),
                         done_words(pair.queued), done(pair.direct), done(pair.queued),
                         time_sentence(pair, effect));
  }
  return "";
}

std::string effect_in_passing(const PathPair& pair) {
  const auto not_done = [](const RunDocument& run) {
    return words::count(run.ledger.planned - run.ledger.goodput());
  };
  switch (effect_of(pair)) {
    case QueueEffect::helps:
      return fmt::format("at {}: the queue helps there too ({} {} -> {})", rate_of(pair),
                         done_words(pair.queued), done(pair.direct), done(pair.queued));
    case QueueEffect::hurts:
      return fmt::format("at {}: the queue does harm there ({} {} -> {})", rate_of(pair),
                         done_words(pair.queued), done(pair.direct), done(pair.queued));
    case QueueEffect::none:
      return fmt::format("at {}: no difference (result p99 {} direct, {} queued; {} and {} not {})",
                         rate_of(pair), p99(pair.direct), p99(pair.queued), not_done(pair.direct),
                         not_done(pair.queued), done_words(pair.queued));
  }
  return "";
}

std::string validity_count(const PathPair& high, const PathPair* low) {
  const std::vector<const RunDocument*> runs = runs_of(high, low);
  const auto with = [&runs](Validity::Verdict verdict) {
    return std::count_if(runs.begin(), runs.end(), [verdict](const RunDocument* run) {
      return run->validity.verdict == verdict;
    });
  };
  std::string text = fmt::format("{}/{} VALID", with(Validity::Verdict::valid), runs.size());
  if (const auto suspect = with(Validity::Verdict::suspect); suspect > 0) {
    text += fmt::format(", {} SUSPECT", suspect);
  }
  if (const auto invalid = with(Validity::Verdict::invalid); invalid > 0) {
    text += fmt::format(", {} INVALID", invalid);
  }
  return text;
}

std::string invalid_warning(const PathPair& high, const PathPair* low) {
  std::string names;
  for (const RunDocument* run : runs_of(high, low)) {
    if (run->validity.verdict == Validity::Verdict::invalid) {
      names += fmt::format("{}{} at {}: {}", names.empty() ? "" : "; ",
                           to_string(run->scenario.path.kind),
                           format_rate(run->scenario.traffic.rate), words::verdict(*run));
    }
  }
  return names.empty() ? "" : fmt::format("NOT TO BE TRUSTED ({}).", names);
}

std::string next_command(const PathPair& high, const PathPair* low, const ComparisonPlace& place) {
  if (!invalid_warning(high, low).empty()) {
    return "queuemeter doctor   (is this machine fit to measure?)";
  }
  if (place.queued_scenario.empty()) {
    return "queuemeter queues   (the queues to choose from)";
  }
  const RunDocument& queued = high.queued;
  const std::string again = command_for(queued, place.queued_scenario);
  if (queued.limiting_part == "workers") {
    return fmt::format("{} --set workers.count={}   (workers were the limit)", again,
                       2 * queued.scenario.workers.count);
  }
  if (const auto shorter = better_bound(queued); queued.saturated && shorter) {
    return fmt::format("{} --set queue.bound={}   (a shorter queue, sooner results)", again,
                       *shorter);
  }
  if (!queued.saturated && !high.direct.saturated) {
    return fmt::format("{} --rate {:.0f}/s   (neither path was at its limit)", again,
                       2.0 * queued.scenario.traffic.rate.calls_per_second());
  }
  return "queuemeter queues   (the queues to choose from)";
}

}  // namespace queuemeter
