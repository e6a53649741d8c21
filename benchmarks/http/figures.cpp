// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace queuemeter::http_benchmark {
namespace {

std::string limit_text(const Figure& figure) {
  if (!figure.limit) {
    return "";
  }
  const double reached = median(figure.values);
  const bool kept =
      figure.limit->is_least ? reached >= figure.limit->value : reached <= figure.limit->value;
  return fmt::format("{} {:.6g}, {}", figure.limit->is_least ? "≥" : "≤", figure.limit->value,
                     kept ? "kept" : "missed");
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2.0;
}

void Figures::add(const std::string& name, const std::string& unit, double value,
                  std::optional<Limit> limit) {
  auto figure = std::ranges::find(figures_, name, &Figure::name);
  if (figure == figures_.end()) {
    figure = figures_.insert(figure, Figure{.name = name, .unit = unit, .limit = limit});
  }
  figure->values.push_back(value);
}

void Figures::remark(const std::string& text) {
  if (std::ranges::find(remarks_, text) == remarks_.end()) {
    remarks_.push_back(text);
  }
}

std::string Figures::page() const {
  std::string text = fmt::format("## {}\n\n", title_);
  if (!figures_.empty()) {
    text += "| figure | median | least | greatest | limit |\n|---|---|---|---|---|\n";
  }
  for (const Figure& figure : figures_) {
    const auto [least, greatest] = std::ranges::minmax(figure.values);
    text += fmt::format("| {} | {:.5g}{}{} | {:.5g} | {:.5g} | {} |\n", figure.name,
                        median(figure.values), figure.unit.empty() ? "" : " ", figure.unit, least,
                        greatest, limit_text(figure));
  }
  for (const std::string& remark : remarks_) {
    text += fmt::format("\n{}\n", remark);
  }
  return text + "\n";
}

std::string Figures::csv() const {
  std::string text;
  for (const Figure& figure : figures_) {
    for (std::size_t round = 0; round < figure.values.size(); ++round) {
      text += fmt::format("\"{}\",\"{}\",\"{}\",{},{:.9g}\n", title_, figure.name, figure.unit,
                          round + 1, figure.values[round]);
    }
  }
  return text;
}

}  // namespace queuemeter::http_benchmark
