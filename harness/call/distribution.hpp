// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"
#include "harness/call/empirical_table.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// A distribution of time spans: service and think times.
///
/// Written "20ms" or "constant(20ms)", "uniform(10ms, 30ms)", "exponential(1ms)" (its mean),
/// "lognormal(20ms, 0.5)" (its median and the standard deviation of the logarithm),
/// "bimodal(5ms, 200ms, 0.9)" (two values, and the probability of the first),
/// "pareto(10ms, 1.5)" (its scale, which is its least value, and its shape), and
/// "empirical(FILE.csv)" (times somebody measured, see `EmpiricalTable`; the file is read once, by
/// `parse`, below the current folder when its name is relative).
/// Immutable: safe from any thread.
class Distribution {
 public:
  enum class Kind { constant, uniform, exponential, lognormal, bimodal, pareto, empirical };

  [[nodiscard]] static Result<Distribution> parse(std::string_view text);
  [[nodiscard]] static Distribution constant(Duration value);
  [[nodiscard]] static Distribution uniform(Duration least, Duration most);
  [[nodiscard]] static Distribution exponential(Duration mean);
  [[nodiscard]] static Distribution lognormal(Duration median, double sigma);

  /// `first` with probability `first_share`, else `second`.
  [[nodiscard]] static Distribution bimodal(Duration first, Duration second, double first_share);
  /// P(X > x) = (scale ÷ x)^shape for x ≥ scale.
  [[nodiscard]] static Distribution pareto(Duration scale, double shape);
  [[nodiscard]] static Distribution empirical(std::shared_ptr<const EmpiricalTable> table);

  /// The span that belongs to a uniform draw; the inverse distribution function (lognormal: by
  /// Box and Muller from both numbers of the pair). Never negative, and cut off at a hundred years,
  /// which only lognormal and Pareto tails can reach; so an instant plus a sample always fits.
  [[nodiscard]] Duration sample(UniformPair draw) const noexcept;
  /// Every sample is the same, whatever the draw: it need not be made.
  [[nodiscard]] bool is_constant() const noexcept { return kind_ == Kind::constant; }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Of the distribution as written, without the cut of `sample`. `Duration::max()` where it is
  /// infinite, or longer than that: a Pareto of shape 1 or less.
  [[nodiscard]] Duration mean() const noexcept;
  /// Standard deviation ÷ mean; 0 for a constant. Infinity where the variance is infinite: a Pareto
  /// of shape 2 or less. Averages of its samples then settle slowly or not at all.
  [[nodiscard]] double variation() const noexcept;
  /// As a scenario writes it; `parse` reads it back to the same distribution.
  [[nodiscard]] std::string to_text() const;

 private:
  Distribution(Kind kind, double first, double second, double third = 0.0)
      : kind_{kind}, first_{first}, second_{second}, third_{third} {}
  [[nodiscard]] static Result<Distribution> make(Kind kind,
                                                 const std::vector<std::string_view>& arguments);

  Kind kind_;
  double first_;   // nanoseconds
  double second_;  // nanoseconds, or the lognormal's sigma, or the Pareto's shape
  double third_;   // the share of the bimodal's first value
  std::shared_ptr<const EmpiricalTable> table_;  // shared by all copies, never written
};

}  // namespace queuemeter
