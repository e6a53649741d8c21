// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"
#include "harness/scenario/known_keys.hpp"
#include "harness/scenario/read_scenario.hpp"
#include "harness/scenario/toml_value.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter {

/// The errors of one reading, each with the place it belongs to.
class ErrorList {
 public:
  explicit ErrorList(std::string file) : file_{std::move(file)} {}

  void add(std::size_t line, std::string key, std::string what);
  /// `… is not built yet; use …`.
  void add_not_built(std::size_t line, std::string key, std::string_view value,
                     std::string_view instead);
  [[nodiscard]] std::size_t size() const noexcept { return errors_.size(); }
  [[nodiscard]] bool concerns(std::string_view key) const noexcept;
  /// In the order of the file, the same sentence once.
  [[nodiscard]] std::vector<ScenarioError> take();

 private:
  std::string file_;
  std::vector<ScenarioError> errors_;
};

/// Typed access to one table of a scenario.
///
/// A key that is absent leaves the default standing. A key of the wrong type, unit or range, or
/// with a word that is not built yet, is added to the errors and leaves it standing as well.
class TableReader {
 public:
  template <class T>
  struct Range {
    T least;
    T most;
    bool above_least = false;  ///< `least` itself is too small
  };

  /// `value` may be null: the table is absent. Borrows both for its lifetime.
  TableReader(const TomlValue* value, std::string path, ErrorList& errors)
      : value_{value}, path_{std::move(path)}, errors_{errors} {}

  [[nodiscard]] bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
  /// The line of a key, else of the table.
  [[nodiscard]] std::size_t line_of(std::string_view key) const noexcept;
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void fail(std::string_view key, std::string what) const;

  void time(std::string_view key, Duration& out, Range<Duration> range) const;
  void time(std::string_view key, std::optional<Duration>& out, Range<Duration> range) const;
  void rate(std::string_view key, Rate& out) const;
  void count(std::string_view key, std::uint64_t& out, Range<std::uint64_t> range) const;
  void optional_count(std::string_view key, std::optional<std::uint64_t>& out,
                      Range<std::uint64_t> range) const;
  /// Above 0 and `most` at the most.
  void number(std::string_view key, double& out, double most) const;
  void fraction(std::string_view key, double& out) const;
  void text(std::string_view key, std::string& out) const;
  /// A text that `parse` turns into a Result<Value>.
  template <class Value, class Parse>
  void parsed(std::string_view key, Value& out, Parse parse) const {
    const std::string* const text = text_of(key);
    if (text == nullptr || is_not_built(key, *text)) {
      return;
    }
    auto value = parse(*text);
    if (value.has_error()) {
      fail(key, value.error().what);
    } else {
      out = *std::move(value);
    }
  }

  /// The same of a key that may also hold a whole number.
  template <class Value, class Parse>
  void parsed_word_or_number(std::string_view key, Value& out, Parse parse) const {
    if (const std::optional<std::string> text = text_or_whole_number(key)) {
      auto value = parse(*text);
      if (value.has_error()) {
        fail(key, value.error().what);
      } else {
        out = *std::move(value);
      }
    }
  }
  void flag(std::string_view key, bool& out) const;

  /// Keys of which only the default is built.
  void only_flag(std::string_view key, bool built) const;
  void only_word(std::string_view key, std::string_view built) const;
  /// A key without a default; `remedy` is what to add.
  void require(std::string_view key, std::string_view remedy) const;
  /// An error when something else stands where this table should.
  void require_table() const;

  template <class Choice>
  void word(std::string_view key, Choice& out,
            std::initializer_list<std::pair<std::string_view, Choice>> choices) const {
    const std::string* const text = text_of(key);
    if (text == nullptr) {
      return;
    }
    std::vector<std::string_view> words;
    for (const auto& [name, choice] : choices) {
      if (*text == name) {
        out = choice;
        return;
      }
      words.push_back(name);
    }
    fail_word(key, *text, words);
  }

  /// The tables of a list; an entry that is none is an error.
  [[nodiscard]] std::vector<TableReader> tables(std::string_view key) const;
  [[nodiscard]] TableReader table(std::string_view key) const;
  /// Every entry of a table whose keys are free.
  [[nodiscard]] const TomlValue::Table& entries() const noexcept;

 private:
  [[nodiscard]] const TomlValue* find(std::string_view key) const noexcept;
  void fail_type(std::string_view key, const TomlValue& value) const;
  void fail_word(std::string_view key, std::string_view text,
                 const std::vector<std::string_view>& words) const;
  /// True, and an error, for a word of a later ability.
  [[nodiscard]] bool is_not_built(std::string_view key, std::string_view text) const;
  /// Null where the key is absent or holds something else, which is then an error.
  [[nodiscard]] const std::string* text_of(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> text_or_whole_number(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view key) const;

  const TomlValue* value_;
  std::string path_;
  ErrorList& errors_;
};

/// Adds an error for every key that no scenario has (naming the nearest one) and for every key that
/// is not built yet.
void check_keys(const TomlValue& root, ErrorList& errors);

}  // namespace queuemeter
