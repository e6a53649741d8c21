// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace queuemeter {

/// One value of a scenario file and the line it stood on. Unlike the parser's own nodes it keeps
/// its line when it is copied, which the matrix and overrides need.
struct TomlValue {
  using List = std::vector<TomlValue>;
  struct Entry;
  using Table = std::vector<Entry>;  ///< in the order of the alphabet
  struct Date {};                    ///< no key takes one

  std::variant<Date, bool, std::int64_t, double, std::string, List, Table> content;
  std::size_t line = 0;  ///< from 1; 0 for a `--set` from the command line

  [[nodiscard]] const Table* table() const noexcept { return std::get_if<Table>(&content); }
  [[nodiscard]] const List* list() const noexcept { return std::get_if<List>(&content); }
  [[nodiscard]] const std::string* text() const noexcept {
    return std::get_if<std::string>(&content);
  }
  /// The value of `key` when this is a table that has it.
  [[nodiscard]] const TomlValue* find(std::string_view key) const noexcept;
};

/// One line of a table.
struct TomlValue::Entry {
  std::string key;
  TomlValue value;
};

/// Why a text could not be read, and where.
struct TomlFault {
  std::size_t line = 0;
  std::string what;
};
using TomlReading = std::variant<TomlValue, TomlFault>;

/// Reads a whole document. Text that is no text (NUL bytes, not UTF-8) is a fault as well.
[[nodiscard]] TomlReading parse_toml(std::string_view text);

/// Reads the value of a `--set`: as TOML when it is TOML, as text otherwise. Its line is 0.
[[nodiscard]] TomlValue parse_override_value(std::string_view text);

/// Sets a key with dots, making the tables on its way. False when something on the way is not a
/// table.
[[nodiscard]] bool set_value(TomlValue& root, std::string_view dotted_key, TomlValue value);

/// "a text", "a list": how an error names what was found.
[[nodiscard]] std::string_view kind_of(const TomlValue& value);

/// On one line, as a label or an error shows it: 5, true, direct, [2 values].
[[nodiscard]] std::string to_label(const TomlValue& value);

}  // namespace queuemeter
