// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <string>
#include <string_view>

namespace queuemeter {

/// A distribution of time spans: service and think times.
///
/// Written "20ms" or "constant(20ms)", "uniform(10ms, 30ms)", "exponential(1ms)" (its mean),
/// "lognormal(20ms, 0.5)" (its median and the standard deviation of the logarithm).
/// Immutable: safe from any thread.
class Distribution {
 public:
  enum class Kind { constant, uniform, exponential, lognormal };

  [[nodiscard]] static Result<Distribution> parse(std::string_view text);
  [[nodiscard]] static Distribution constant(Duration value);
  [[nodiscard]] static Distribution uniform(Duration least, Duration most);
  [[nodiscard]] static Distribution exponential(Duration mean);
  [[nodiscard]] static Distribution lognormal(Duration median, double sigma);

  /// The span that belongs to a uniform draw; the inverse distribution function (lognormal: by
  /// Box and Muller from both numbers of the pair). Never negative.
  [[nodiscard]] Duration sample(UniformPair draw) const noexcept;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Duration mean() const noexcept;
  /// Standard deviation ÷ mean; 0 for a constant.
  [[nodiscard]] double variation() const noexcept;
  /// As a scenario writes it; `parse` reads it back to the same distribution.
  [[nodiscard]] std::string to_text() const;

 private:
  Distribution(Kind kind, double first, double second)
      : kind_{kind}, first_{first}, second_{second} {}
  Kind kind_;
  double first_;   // nanoseconds
  double second_;  // nanoseconds, or the lognormal's sigma
};

}  // namespace queuemeter
