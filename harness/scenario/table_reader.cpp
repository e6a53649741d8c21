// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/table_reader.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace queuemeter {
namespace {

constexpr double fastest_calls_per_second = 100e6;

bool same_place(const ScenarioError& left, const ScenarioError& right) {
  return left.line == right.line && left.key == right.key && left.what == right.what;
}

void check_table(const TomlValue& table, const std::string& path, ErrorList& errors);

void check_entry(const std::string& path, const TomlValue& value, ErrorList& errors) {
  if (const KnownKey* const row = find_known_key(path); row != nullptr && !row->instead.empty()) {
    errors.add_not_built(value.line, path, "", row->instead);
    return;
  }
  if (!is_table_of_keys(path)) {
    if (find_known_key(path) == nullptr) {
      errors.add(value.line, path, fmt::format("unknown key; did you mean {}?", nearest_key(path)));
    }
    return;
  }
  const auto* const list = is_list_of_tables(path) ? value.list() : nullptr;
  if (list != nullptr) {
    for (const TomlValue& entry : *list) {
      check_table(entry, path, errors);
    }
  } else if (value.table() != nullptr) {
    check_table(value, path, errors);
  } else if (!is_list_of_tables(path)) {  // the reader of the list says so itself
    errors.add(value.line, path, fmt::format("must be a table, not {}", kind_of(value)));
  }
}

void check_table(const TomlValue& table, const std::string& path, ErrorList& errors) {
  if (const auto* const entries = table.table()) {
    for (const auto& [name, value] : *entries) {
      check_entry(path.empty() ? name : fmt::format("{}.{}", path, name), value, errors);
    }
  }
}

}  // namespace

void ErrorList::add(std::size_t line, std::string key, std::string what) {
  errors_.push_back({line == 0 ? "--set" : file_, line, std::move(key), std::move(what)});
}

void ErrorList::add_not_built(std::size_t line, std::string key, std::string_view value,
                              std::string_view instead) {
  const std::string subject = value.empty() ? "this" : in_quotes(value);
  add(line, std::move(key), fmt::format("{} is not built yet; use {}", subject, instead));
}

bool ErrorList::concerns(std::string_view key) const noexcept {
  return std::any_of(errors_.begin(), errors_.end(),
                     [&](const ScenarioError& error) { return error.key == key; });
}

std::vector<ScenarioError> ErrorList::take() {
  std::stable_sort(errors_.begin(), errors_.end(),
                   [](const ScenarioError& left, const ScenarioError& right) {
                     return std::tie(left.line, left.key, left.what) <
                            std::tie(right.line, right.key, right.what);
                   });
  errors_.erase(std::unique(errors_.begin(), errors_.end(), same_place), errors_.end());
  return std::move(errors_);
}

const TomlValue* TableReader::find(std::string_view key) const noexcept {
  return value_ == nullptr ? nullptr : value_->find(key);
}

std::size_t TableReader::line_of(std::string_view key) const noexcept {
  const TomlValue* const value = find(key) != nullptr ? find(key) : value_;
  return value == nullptr ? 0 : value->line;
}

std::string TableReader::path_of(std::string_view key) const {
  if (path_.empty() || key.empty()) {
    return path_.empty() ? std::string{key} : path_;
  }
  return fmt::format("{}.{}", path_, key);
}

void TableReader::fail(std::string_view key, std::string what) const {
  errors_.add(line_of(key), path_of(key), std::move(what));
}

void TableReader::fail_type(std::string_view key, const TomlValue& value) const {
  const KnownKey* const row = find_known_key(path_of(key));
  fail(key, fmt::format("must be {}, not {}", row == nullptr ? "another kind" : wanted(row->type),
                        kind_of(value)));
}

void TableReader::time(std::string_view key, Duration& out, Range<Duration> range) const {
  const std::optional<std::string> text = text_or_whole_number(key);
  if (!text) {
    return;
  }
  const Result<Duration> span = parse_duration(*text);
  if (span.has_error()) {
    fail(key, span.error().what);
    return;
  }
  if (*span < range.least || *span > range.most || (range.above_least && *span == range.least)) {
    fail(key, fmt::format("{} is out of range; it must be {} {} and {} at the most",
                          to_scenario_text(*span), range.above_least ? "above" : "at least",
                          to_scenario_text(range.least), to_scenario_text(range.most)));
    return;
  }
  out = *span;
}

void TableReader::time(std::string_view key, std::optional<Duration>& out,
                       Range<Duration> range) const {
  Duration span = Duration::min();
  time(key, span, range);
  if (span != Duration::min()) {
    out = span;
  }
}

void TableReader::rate(std::string_view key, Rate& out) const {
  const std::string* const text = text_of(key);
  if (text == nullptr) {
    return;
  }
  const Result<Rate> rate = parse_rate(*text);
  if (rate.has_error()) {
    fail(key, rate.error().what);
    return;
  }
  const double calls = rate.value().calls_per_second();
  if (!(calls > 0.0 && calls <= fastest_calls_per_second)) {
    fail(key, fmt::format("{} is out of range; it must be above 0/s and 100M/s at the most",
                          in_quotes(*text)));
    return;
  }
  out = *rate;
}

std::optional<std::string> TableReader::text_or_whole_number(std::string_view key) const {
  const TomlValue* const value = find(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const auto* const number = std::get_if<std::int64_t>(&value->content)) {
    return std::to_string(*number);
  }
  if (const std::string* const text = value->text()) {
    return *text;
  }
  fail_type(key, *value);
  return std::nullopt;
}

std::optional<std::uint64_t> TableReader::whole_number(std::string_view key) const {
  const std::optional<std::string> text = text_or_whole_number(key);
  if (!text) {
    return std::nullopt;
  }
  const Result<std::uint64_t> count = parse_count(*text);
  if (count.has_error()) {
    fail(key, count.error().what);
    return std::nullopt;
  }
  return *count;
}

void TableReader::count(std::string_view key, std::uint64_t& out,
                        Range<std::uint64_t> range) const {
  const auto count = whole_number(key);
  if (!count) {
    return;
  }
  if (*count < range.least || *count > range.most) {
    fail(key,
         fmt::format("{} is out of range; it must be {} to {}", *count, range.least, range.most));
    return;
  }
  out = *count;
}

void TableReader::optional_count(std::string_view key, std::optional<std::uint64_t>& out,
                                 Range<std::uint64_t> range) const {
  std::uint64_t number = std::numeric_limits<std::uint64_t>::max();  // above every range
  count(key, number, range);
  if (number != std::numeric_limits<std::uint64_t>::max()) {
    out = number;
  }
}

void TableReader::number(std::string_view key, double& out, double most) const {
  const TomlValue* const value = find(key);
  if (value == nullptr) {
    return;
  }
  const auto* const real = std::get_if<double>(&value->content);
  const auto* const whole = std::get_if<std::int64_t>(&value->content);
  if (real == nullptr && whole == nullptr) {
    fail_type(key, *value);
    return;
  }
  const double number = real != nullptr ? *real : static_cast<double>(*whole);
  if (number > 0.0 && number <= most) {
    out = number;
  } else {
    fail(key, fmt::format("{} is out of range; it must be above 0 and {} at the most", number,
                          decimal_text(most)));
  }
}

void TableReader::fraction(std::string_view key, double& out) const {
  const TomlValue* const value = find(key);
  const auto* const real = value == nullptr ? nullptr : std::get_if<double>(&value->content);
  if (real != nullptr) {
    if (*real >= 0.0 && *real <= 1.0) {
      out = *real;
    } else {
      fail(key, fmt::format("{} is out of range; it must be 0 to 1", *real));
    }
    return;
  }
  const std::optional<std::string> text = text_or_whole_number(key);
  if (!text) {
    return;
  }
  const Result<double> fraction = parse_fraction(*text);
  if (fraction.has_error()) {
    fail(key, fraction.error().what);
    return;
  }
  out = *fraction;
}

void TableReader::text(std::string_view key, std::string& out) const {
  if (const std::string* const text = text_of(key)) {
    if (text->empty()) {
      fail(key, "must not be empty");
    } else if (!is_not_built(key, *text)) {
      out = *text;
    }
  }
}

void TableReader::flag(std::string_view key, bool& out) const {
  const TomlValue* const value = find(key);
  if (value == nullptr) {
    return;
  }
  if (const auto* const flag = std::get_if<bool>(&value->content)) {
    out = *flag;
  } else {
    fail_type(key, *value);
  }
}

void TableReader::only_flag(std::string_view key, bool built) const {
  bool given = built;
  flag(key, given);
  if (given != built) {
    errors_.add_not_built(line_of(key), path_of(key), given ? "true" : "false",
                          fmt::format("{} = {}", key, built));
  }
}

void TableReader::only_word(std::string_view key, std::string_view built) const {
  bool found = false;
  word(key, found, {{built, true}});
}

void TableReader::require(std::string_view key, std::string_view remedy) const {
  if (!has(key)) {
    fail(key, fmt::format("is missing; {}", remedy));
  }
}

void TableReader::require_table() const {
  if (value_ != nullptr && value_->table() == nullptr) {
    errors_.add(value_->line, path_, fmt::format("must be a table, not {}", kind_of(*value_)));
  }
}

const std::string* TableReader::text_of(std::string_view key) const {
  const TomlValue* const value = find(key);
  if (value == nullptr) {
    return nullptr;
  }
  const std::string* const text = value->text();
  if (text == nullptr) {
    fail_type(key, *value);
  }
  return text;
}

bool TableReader::is_not_built(std::string_view key, std::string_view text) const {
  const auto instead = instead_of(path_of(key), text);
  if (instead) {
    errors_.add_not_built(line_of(key), path_of(key), text, *instead);
  }
  return instead.has_value();
}

void TableReader::fail_word(std::string_view key, std::string_view text,
                            const std::vector<std::string_view>& words) const {
  if (!is_not_built(key, text)) {
    fail(key, fmt::format("{} is not known; use {}", in_quotes(text), fmt::join(words, " or ")));
  }
}

std::vector<TableReader> TableReader::tables(std::string_view key) const {
  std::vector<TableReader> readers;
  const TomlValue* const value = find(key);
  if (value == nullptr) {
    return readers;
  }
  const auto* const list = value->list();
  if (list == nullptr) {
    fail(key, fmt::format("must be a list of tables, not {}", kind_of(*value)));
    return readers;
  }
  for (const TomlValue& entry : *list) {
    if (entry.table() == nullptr) {
      errors_.add(entry.line, path_of(key),
                  fmt::format("must hold tables, not {}", kind_of(entry)));
    } else {
      readers.emplace_back(&entry, path_of(key), errors_);
    }
  }
  return readers;
}

TableReader TableReader::table(std::string_view key) const {
  return TableReader{find(key), path_of(key), errors_};
}

const TomlValue::Table& TableReader::entries() const noexcept {
  static const TomlValue::Table none;
  const auto* const entries = value_ == nullptr ? nullptr : value_->table();
  return entries == nullptr ? none : *entries;
}

void check_keys(const TomlValue& root, ErrorList& errors) { check_table(root, "", errors); }

}  // namespace queuemeter
