// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Rows of texts under named columns, read from a CSV file. Immutable: safe from any thread.
/// Source: RFC 4180; lines may also end with LF alone, and empty lines are skipped.
class DataTable {
 public:
  static constexpr std::size_t most_bytes = std::size_t{256} << 20U;

  /// Parses the text of a file; `name` only names it in errors. The first line holds the names of
  /// the columns; every other line has as many fields, and there is one at least.
  [[nodiscard]] static Result<DataTable> parse(std::string_view text, const std::string& name);
  [[nodiscard]] static Result<DataTable> read(const std::string& path);

  [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t rows() const noexcept { return cells_.size() / columns_.size(); }
  /// The field of the row number `turn`, beginning anew after the last.
  [[nodiscard]] std::string_view of_turn(std::uint64_t turn, std::size_t column) const noexcept {
    return cells_[turn % rows() * columns_.size() + column];
  }
  /// Whether a field of the column has a byte that `is_unfit`.
  template <class Predicate>
  [[nodiscard]] bool has(std::size_t column, Predicate is_unfit) const {
    for (std::size_t row = 0; row < rows(); ++row) {
      for (const char byte : of_turn(row, column)) {
        if (is_unfit(byte)) {
          return true;
        }
      }
    }
    return false;
  }

 private:
  std::vector<std::string> columns_;
  std::vector<std::string> cells_;  // row by row
};

}  // namespace queuemeter
