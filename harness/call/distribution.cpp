// SPDX-License-Identifier: Apache-2.0
#include "harness/call/distribution.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace queuemeter {
namespace {

/// A hundred years: far above every span a run can see, and an instant plus it still fits.
constexpr double longest_sample_ns = 100.0 * 365.25 * 86'400e9;
constexpr Duration longest_parameter = std::chrono::hours{24};
constexpr double largest_sigma = 5.0;
constexpr double least_shape = 0.1;
constexpr double largest_shape = 100.0;

constexpr std::string_view accepted_forms =
    "use 20ms, constant(20ms), uniform(10ms, 30ms), exponential(1ms), lognormal(20ms, 0.5), "
    "bimodal(5ms, 200ms, 0.9), pareto(10ms, 1.5) or empirical(FILE.csv)";

/// How a kind is written; `empirical` takes a name instead of values.
struct Form {
  std::string_view name;
  Distribution::Kind kind;
  std::size_t values;
};
constexpr std::array forms{Form{"constant", Distribution::Kind::constant, 1},
                           Form{"uniform", Distribution::Kind::uniform, 2},
                           Form{"exponential", Distribution::Kind::exponential, 1},
                           Form{"lognormal", Distribution::Kind::lognormal, 2},
                           Form{"bimodal", Distribution::Kind::bimodal, 3},
                           Form{"pareto", Distribution::Kind::pareto, 2},
                           Form{"empirical", Distribution::Kind::empirical, 1}};

Error malformed(std::string_view text, std::string_view reason) {
  return Error::usage(fmt::format("{} is not a distribution of times: {}; {}", in_quotes(text),
                                  reason, accepted_forms));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split_arguments(std::string_view text) {
  std::vector<std::string_view> arguments;
  for (;;) {
    const auto comma = text.find(',');
    arguments.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) {
      return arguments;
    }
    text.remove_prefix(comma + 1);
  }
}

Result<Duration> parse_parameter(std::string_view text) {
  Result<Duration> span = parse_duration(text);
  if (span.has_value() && *span > longest_parameter) {
    return Error::usage(fmt::format("{} is longer than 24h", in_quotes(text)));
  }
  return span;
}

/// A plain number in `least`…`most`; the error names it as `thing`.
Result<double> parse_number(std::string_view thing, std::string_view text, double least,
                            double most) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(number >= least && number <= most)) {
    return Error::usage(fmt::format("the {} {} is not a number from {} to {}", thing,
                                    in_quotes(text), least, most));
  }
  return number;
}

double nanoseconds(Duration span) { return static_cast<double>(span.count()); }

/// To the nearest nanosecond, halves up: what `llround` does, without calling it.
Duration to_duration(double nanoseconds) {
  const double within = std::clamp(nanoseconds, 0.0, longest_sample_ns);
  const auto whole = static_cast<Duration::rep>(within);
  return Duration{whole + (within - static_cast<double>(whole) >= 0.5 ? 1 : 0)};
}

}  // namespace

Result<Distribution> Distribution::parse(std::string_view text) {
  text = trimmed(text);
  const auto open = text.find('(');
  if (open == std::string_view::npos) {
    const Result<Duration> value = parse_parameter(text);
    return value.has_value() ? Result<Distribution>{constant(*value)}
                             : malformed(text, value.error().what);
  }
  if (text.back() != ')') {
    return malformed(text, "the closing bracket is missing");
  }
  const std::string_view name = trimmed(text.substr(0, open));
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  const auto form = std::find_if(forms.begin(), forms.end(),
                                 [name](const Form& known) { return known.name == name; });
  if (form == forms.end()) {
    return malformed(text, fmt::format("{} is not known", in_quotes(name)));
  }
  if (form->kind == Kind::empirical) {
    auto table = EmpiricalTable::read(std::string{trimmed(inside)});
    return table.has_value() ? Result<Distribution>{empirical(*std::move(table))}
                             : malformed(text, table.error().what);
  }
  const auto arguments = split_arguments(inside);
  if (arguments.size() != form->values) {
    return malformed(text, fmt::format("{} takes {} value{}, not {}", name, form->values,
                                       form->values == 1 ? "" : "s", arguments.size()));
  }
  Result<Distribution> made = make(form->kind, arguments);
  return made.has_value() ? std::move(made) : malformed(text, made.error().what);
}

/// `arguments` are as many as the kind takes. Errors give the reason alone.
Result<Distribution> Distribution::make(Kind kind, const std::vector<std::string_view>& arguments) {
  const bool has_second_span = kind == Kind::uniform || kind == Kind::bimodal;
  const Result<Duration> first = parse_parameter(arguments[0]);
  const Result<Duration> second = has_second_span ? parse_parameter(arguments[1]) : first;
  if (first.has_error() || second.has_error()) {
    return first.has_error() ? first.error() : second.error();
  }
  Result<double> number = 0.0;
  if (kind == Kind::lognormal) {
    number = parse_number("sigma", arguments[1], 0.0, largest_sigma);
  } else if (kind == Kind::pareto) {
    number = parse_number("shape", arguments[1], least_shape, largest_shape);
  } else if (kind == Kind::bimodal) {
    number = parse_number("probability of the first value", arguments[2], 0.0, 1.0);
  }
  if (number.has_error()) {
    return number.error();
  }
  switch (kind) {
    case Kind::constant:
    case Kind::empirical:
      return constant(*first);
    case Kind::exponential:
      return exponential(*first);
    case Kind::lognormal:
      return lognormal(*first, *number);
    case Kind::bimodal:
      return bimodal(*first, *second, *number);
    case Kind::pareto:
      if (*first == Duration{0}) {
        return Error::usage("its scale must be more than 0");
      }
      return pareto(*first, *number);
    case Kind::uniform:
      if (*second < *first) {
        return Error::usage("the second value is below the first");
      }
      return uniform(*first, *second);
  }
  return constant(*first);
}

Distribution Distribution::constant(Duration value) {
  return {Kind::constant, nanoseconds(value), 0.0};
}

Distribution Distribution::uniform(Duration least, Duration most) {
  return {Kind::uniform, nanoseconds(least), nanoseconds(most)};
}

Distribution Distribution::exponential(Duration mean) {
  return {Kind::exponential, nanoseconds(mean), 0.0};
}

Distribution Distribution::lognormal(Duration median, double sigma) {
  return {Kind::lognormal, nanoseconds(median), sigma};
}

Distribution Distribution::bimodal(Duration first, Duration second, double first_share) {
  return {Kind::bimodal, nanoseconds(first), nanoseconds(second), first_share};
}

Distribution Distribution::pareto(Duration scale, double shape) {
  return {Kind::pareto, nanoseconds(scale), shape};
}

Distribution Distribution::empirical(std::shared_ptr<const EmpiricalTable> table) {
  Distribution distribution{Kind::empirical, 0.0, 0.0};
  distribution.table_ = std::move(table);
  return distribution;
}

Duration Distribution::sample(UniformPair draw) const noexcept {
  switch (kind_) {
    case Kind::constant:
      return to_duration(first_);
    case Kind::uniform:
      return to_duration(first_ + (second_ - first_) * draw.first);
    case Kind::exponential:
      return to_duration(-first_ * std::log1p(-draw.first));
    case Kind::lognormal: {
      const double radius = std::sqrt(-2.0 * std::log(draw.first));
      const double normal = radius * std::cos(2.0 * std::numbers::pi * draw.second);
      return to_duration(first_ * std::exp(second_ * normal));
    }
    case Kind::bimodal:
      return to_duration(draw.first < third_ ? first_ : second_);
    case Kind::pareto:
      return to_duration(first_ * std::exp(-std::log1p(-draw.first) / second_));
    case Kind::empirical:
      return to_duration(table_->quantile(draw.first));
  }
  return Duration{0};
}

Duration Distribution::mean() const noexcept {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
      return to_duration(first_);
    case Kind::uniform:
      return to_duration((first_ + second_) / 2.0);
    case Kind::lognormal:
      return to_duration(first_ * std::exp(second_ * second_ / 2.0));
    case Kind::bimodal:
      return to_duration(third_ * first_ + (1.0 - third_) * second_);
    case Kind::pareto: {
      const double mean_ns = second_ > 1.0 ? first_ * second_ / (second_ - 1.0) : longest_sample_ns;
      return mean_ns < longest_sample_ns ? to_duration(mean_ns) : Duration::max();
    }
    case Kind::empirical:
      return to_duration(table_->mean_ns());
  }
  return Duration{0};
}

double Distribution::variation() const noexcept {
  switch (kind_) {
    case Kind::constant:
      return 0.0;
    case Kind::uniform:
      return second_ > 0.0 ? (second_ - first_) / std::sqrt(3.0) / (first_ + second_) : 0.0;
    case Kind::exponential:
      return first_ > 0.0 ? 1.0 : 0.0;
    case Kind::lognormal:
      return first_ > 0.0 ? std::sqrt(std::expm1(second_ * second_)) : 0.0;
    case Kind::bimodal: {
      const double mean_ns = third_ * first_ + (1.0 - third_) * second_;
      const double deviation = std::abs(second_ - first_) * std::sqrt(third_ * (1.0 - third_));
      return mean_ns > 0.0 ? deviation / mean_ns : 0.0;
    }
    case Kind::pareto:
      return second_ > 2.0 ? 1.0 / std::sqrt(second_ * (second_ - 2.0))
                           : std::numeric_limits<double>::infinity();
    case Kind::empirical:
      return table_->variation();
  }
  return 0.0;
}

std::string Distribution::to_text() const {
  const std::string first = to_scenario_text(to_duration(first_));
  switch (kind_) {
    case Kind::constant:
      return fmt::format("constant({})", first);
    case Kind::uniform:
      return fmt::format("uniform({}, {})", first, to_scenario_text(to_duration(second_)));
    case Kind::exponential:
      return fmt::format("exponential({})", first);
    case Kind::lognormal:
      return fmt::format("lognormal({}, {})", first, second_);
    case Kind::bimodal:
      return fmt::format("bimodal({}, {}, {})", first, to_scenario_text(to_duration(second_)),
                         third_);
    case Kind::pareto:
      return fmt::format("pareto({}, {})", first, second_);
    case Kind::empirical:
      return fmt::format("empirical({})", table_->path());
  }
  return {};
}

}  // namespace queuemeter
