// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/objective.hpp"

#include "harness/call/call.hpp"
#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/scenario/nearest_word.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace queuemeter {
namespace {

constexpr std::array<std::string_view, 8> statistics{"p50",  "p90",   "p95",  "p99",
                                                     "p999", "p9999", "mean", "max"};

enum class Measure { time, fraction, rate };

Measure measure_of(std::string_view metric) {
  if (metric == "drop_rate") {
    return Measure::fraction;
  }
  return metric == "goodput" ? Measure::rate : Measure::time;
}

struct Operator {
  std::string_view sign;
  Objective::Comparison comparison;
};

// The longer signs first: "<=" also begins with "<".
constexpr std::array operators{
    Operator{"<=", Objective::Comparison::at_most}, Operator{">=", Objective::Comparison::at_least},
    Operator{"<", Objective::Comparison::below}, Operator{">", Objective::Comparison::above}};

std::string_view trimmed_front(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

template <class T, class Convert>
Result<double> converted(const Result<T>& value, Convert convert) {
  return value.has_value() ? Result<double>{convert(*value)} : Result<double>{value.error()};
}

Result<double> parse_limit(Measure measure, std::string_view text) {
  switch (measure) {
    case Measure::time:
      return converted(parse_duration(text),
                       [](Duration span) { return static_cast<double>(span.count()); });
    case Measure::fraction:
      return parse_fraction(text);
    case Measure::rate:
      return converted(parse_rate(text), [](Rate rate) { return rate.calls_per_second(); });
  }
  return 0.0;
}

std::string_view example_of(Measure measure) {
  switch (measure) {
    case Measure::time:
      return "\"< 50ms\"";
    case Measure::fraction:
      return "\"< 0.1%\"";
    case Measure::rate:
      return "\"> 500/s\"";
  }
  return "";
}

}  // namespace

const std::vector<std::string>& objective_metrics() {
  static const std::vector<std::string> metrics = [] {
    std::vector<std::string> names{"drop_rate", "goodput", "backlog_age", "drain"};
    for (const Span span : all_spans) {
      for (const std::string_view statistic : statistics) {
        names.push_back(fmt::format("{}_{}", to_string(span), statistic));
      }
    }
    return names;
  }();
  return metrics;
}

bool is_latency_metric(std::string_view metric) {
  return metric != "drop_rate" && metric != "goodput" && metric != "backlog_age" &&
         metric != "drain";
}

Result<Objective> parse_objective(std::string_view metric, std::string_view text) {
  const auto& metrics = objective_metrics();
  if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
    const std::vector<std::string_view> candidates{metrics.begin(), metrics.end()};
    return Error::usage(
        fmt::format("unknown metric; did you mean {}?", nearest_word(metric, candidates)));
  }
  const Measure measure = measure_of(metric);
  const std::string_view body = trimmed_front(text);
  const auto found = std::find_if(operators.begin(), operators.end(),
                                  [&](const Operator& one) { return body.starts_with(one.sign); });
  if (found == operators.end()) {
    return Error::usage(fmt::format("{} does not begin with <, <=, > or >=; write it like {}",
                                    in_quotes(text), example_of(measure)));
  }
  const Result<double> limit = parse_limit(measure, body.substr(found->sign.size()));
  if (limit.has_error()) {
    return limit.error();
  }
  return Objective{std::string{metric}, found->comparison, *limit, std::string{text}};
}

std::string to_scenario_text(const Objective& objective) {
  const auto sign = std::find_if(operators.begin(), operators.end(), [&](const Operator& one) {
    return one.comparison == objective.comparison;
  });
  switch (measure_of(objective.metric)) {
    case Measure::time:
      return fmt::format("{} {}", sign->sign,
                         to_scenario_text(Duration{std::llround(objective.limit)}));
    case Measure::fraction:
      return fmt::format("{} {}", sign->sign, decimal_text(objective.limit));
    case Measure::rate:
      return fmt::format("{} {}", sign->sign, to_scenario_text(Rate::per_second(objective.limit)));
  }
  return {};
}

}  // namespace queuemeter
