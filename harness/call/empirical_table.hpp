// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <memory>
#include <string>
#include <vector>

namespace queuemeter {

/// Time spans that somebody measured, read from a file. Immutable: safe from any thread.
///
/// The file holds either one span per line ("12.5ms"), each as likely as the others, or a table of
/// percentiles ("99, 250ms", "p99.9, 1s"), between which the distribution function is a straight
/// line; below the first and above the last percentile of the table its first and last value are
/// held, because nothing is known there. Empty lines, lines that begin with '#' and one heading
/// without digits are skipped. Every span needs a unit and is at most 24 h long.
class EmpiricalTable {
 public:
  static constexpr std::size_t most_lines = 1'000'000;
  static constexpr std::size_t most_bytes = std::size_t{64} << 20U;

  /// Reads the whole file, once. Errors: `Error::usage` with file, line and what is wrong there.
  [[nodiscard]] static Result<std::shared_ptr<const EmpiricalTable>> read(const std::string& path);

  /// The inverse distribution function; `probability` in 0…1. Nanoseconds.
  [[nodiscard]] double quantile(double probability) const noexcept;
  [[nodiscard]] double mean_ns() const noexcept { return mean_ns_; }
  /// Standard deviation ÷ mean; 0 where the mean is.
  [[nodiscard]] double variation() const noexcept { return variation_; }
  /// The name it was read from.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  struct Point {
    double probability;
    double nanoseconds;
  };
  class Reader;

  explicit EmpiricalTable(std::string path) : path_{std::move(path)} {}
  void summarise_values() noexcept;
  void summarise_points() noexcept;
  void set_moments(double mean, double mean_square) noexcept;

  std::string path_;
  std::vector<double> values_;  // ascending; empty when the file was a table of percentiles
  std::vector<Point> points_;   // ascending; empty when the file was a list of values
  double mean_ns_ = 0.0;
  double variation_ = 0.0;
};

}  // namespace queuemeter
