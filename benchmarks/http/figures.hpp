// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace queuemeter::http_benchmark {

/// What a figure must keep.
struct Limit {
  double value = 0.0;
  bool is_least = false;  ///< the figure must be so large at least; else so large at the most
};
[[nodiscard]] inline Limit at_least(double value) { return {value, true}; }
[[nodiscard]] inline Limit at_most(double value) { return {value, false}; }

/// One number of each round: its median and spread are published, all of it is kept.
struct Figure {
  std::string name;
  std::string unit;
  std::optional<Limit> limit = {};
  std::vector<double> values = {};
};

/// The figures of one question. One thread.
class Figures {
 public:
  explicit Figures(std::string title) : title_{std::move(title)} {}

  /// Adds a round's value; the first one of a name brings its unit and limit.
  void add(const std::string& name, const std::string& unit, double value,
           std::optional<Limit> limit = {});
  /// A line in place of figures, or beside them: what is absent here, and why.
  void remark(const std::string& text);

  /// As a section of a Markdown page: median, least and greatest of the rounds.
  [[nodiscard]] std::string page() const;
  /// Lines of "title,figure,unit,round,value".
  [[nodiscard]] std::string csv() const;

 private:
  std::string title_;
  std::vector<Figure> figures_;
  std::vector<std::string> remarks_;
};

[[nodiscard]] double median(std::vector<double> values);

}  // namespace queuemeter::http_benchmark
