// SPDX-License-Identifier: Apache-2.0
#include "harness/net/data_table.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/net/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace queuemeter {
namespace {

/// Cuts a CSV text into lines of fields.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_{text} {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest_.starts_with(byte_order_mark)) {
      rest_.remove_prefix(byte_order_mark.size());
    }
  }

  /// The fields of the next line that is not empty; none at the end. A quote that never closes
  /// makes `is_sound` false.
  [[nodiscard]] std::vector<std::string> next() {
    std::vector<std::string> fields;
    while (!rest_.empty() && fields.empty()) {
      line_ = next_line_;
      read_line(fields);
    }
    return fields;
  }
  [[nodiscard]] bool is_sound() const noexcept { return is_sound_; }
  /// Where the last line began, from 1.
  [[nodiscard]] std::size_t line() const noexcept { return line_; }

 private:
  void read_line(std::vector<std::string>& fields) {
    for (;;) {
      std::string field = rest_.starts_with('"') ? quoted() : plain();
      const bool ends = rest_.empty() || rest_.front() != ',';
      if (!ends || !fields.empty() || !field.empty()) {
        fields.push_back(std::move(field));
      }
      if (ends) {
        break;
      }
      rest_.remove_prefix(1);
    }
    rest_.remove_prefix(rest_.starts_with('\r') ? 1 : 0);
    is_sound_ = is_sound_ && (rest_.empty() || rest_.front() == '\n');
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    ++next_line_;
  }
  std::string plain() {
    const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    std::string field{rest_.substr(0, end)};
    rest_.remove_prefix(end);
    return field;
  }
  std::string quoted() {
    std::string field;
    rest_.remove_prefix(1);
    for (;;) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) {
        is_sound_ = false;
        rest_ = {};
        return field;
      }
      field += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) {
        break;
      }
      field += '"';  // two of them stand for one
      rest_.remove_prefix(1);
    }
    next_line_ += static_cast<std::size_t>(std::count(field.begin(), field.end(), '\n'));
    return field;
  }

  std::string_view rest_;
  bool is_sound_ = true;
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
};

}  // namespace

Result<DataTable> DataTable::parse(std::string_view text, const std::string& name) {
  CsvReader reader{text};
  DataTable table;
  table.columns_ = reader.next();
  for (auto fields = reader.next(); !fields.empty(); fields = reader.next()) {
    if (fields.size() != table.columns_.size()) {
      return Error::usage(
          fmt::format("{}:{}: has {} fields under {} names of columns; give each "
                      "line as many as the first",
                      name, reader.line(), fields.size(), table.columns_.size()));
    }
    std::move(fields.begin(), fields.end(), std::back_inserter(table.cells_));
  }
  if (!reader.is_sound()) {
    return Error::usage(
        fmt::format("{}:{}: has a quote that does not enclose a whole field; "
                    "write a quote inside of one twice",
                    name, reader.line()));
  }
  if (table.cells_.empty()) {
    return Error::usage(fmt::format(
        "{}: holds no rows; its first line names the columns, the others are the rows", name));
  }
  return table;
}

Result<DataTable> DataTable::read(const std::string& path) {
  const Result<std::string> text = read_whole_file(path, most_bytes);
  if (!text) {
    return text.error();
  }
  return parse(*text, path);
}

}  // namespace queuemeter
