// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/toml_value.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

namespace queuemeter {
namespace {

constexpr std::size_t most_levels = 16;
constexpr std::ptrdiff_t most_dots = 10'000;

std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

/// Turns the parser's nodes into values. A class because a document can be too deep for recursion,
/// which is then its fault.
class Conversion {
 public:
  TomlValue value_of(const toml::node& node, std::size_t depth = 0) {
    TomlValue value{{}, line_of(node)};
    if (depth > most_levels) {
      fault_ = TomlFault{value.line, "tables or lists are nested too deeply for a scenario"};
    } else if (const auto* table = node.as_table()) {
      TomlValue::Table entries;
      for (const auto& [key, entry] : *table) {
        entries.push_back({std::string{key.str()}, value_of(entry, depth + 1)});
      }
      value.content = std::move(entries);
    } else if (const auto* array = node.as_array()) {
      TomlValue::List entries;
      for (const auto& entry : *array) {
        entries.push_back(value_of(entry, depth + 1));
      }
      value.content = std::move(entries);
    } else {
      set_scalar(value, node);
    }
    return value;
  }
  [[nodiscard]] const std::optional<TomlFault>& fault() const noexcept { return fault_; }

 private:
  static void set_scalar(TomlValue& value, const toml::node& node) {
    if (const auto* text = node.as_string()) {
      value.content = text->get();
    } else if (const auto* integer = node.as_integer()) {
      value.content = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
      value.content = number->get();
    } else if (const auto* flag = node.as_boolean()) {
      value.content = flag->get();
    }
  }

  std::optional<TomlFault> fault_;
};

/// What came from the command line stands on no line, however deep it is nested.
void forget_lines(TomlValue& value) {
  value.line = 0;
  if (auto* const list = std::get_if<TomlValue::List>(&value.content)) {
    std::for_each(list->begin(), list->end(), forget_lines);
  } else if (auto* const table = std::get_if<TomlValue::Table>(&value.content)) {
    for (auto& entry : *table) {
      forget_lines(entry.value);
    }
  }
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  const auto begin = text.begin();
  return 1 + static_cast<std::size_t>(
                 std::count(begin, begin + static_cast<std::ptrdiff_t>(offset), '\n'));
}

/// Bytes that a character of UTF-8 with this first byte has; 0 when none begins so.
std::size_t utf8_length(unsigned char first) {
  if (first < 0x80U) {
    return 1;
  }
  if (first >= 0xC2U && first <= 0xDFU) {
    return 2;
  }
  if (first >= 0xE0U && first <= 0xEFU) {
    return 3;
  }
  return first >= 0xF0U && first <= 0xF4U ? 4 : 0;
}

/// Where the text stops being UTF-8.
std::optional<std::size_t> find_non_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(static_cast<unsigned char>(text[at]));
    if (length == 0 || at + length > text.size()) {
      return at;
    }
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) {
        return at;
      }
    }
    at += length;
  }
  return std::nullopt;
}

std::optional<TomlFault> find_unreadable(std::string_view text) {
  if (const auto at = text.find('\0'); at != std::string_view::npos) {
    return TomlFault{line_at(text, at),
                     "this is a binary file, not a scenario: it contains NUL bytes"};
  }
  if (const auto at = find_non_utf8(text)) {
    return TomlFault{line_at(text, *at), "this is not UTF-8 text; save the scenario as UTF-8"};
  }
  // The parser limits the depth of brackets but not of a.b.c…, which it takes down recursively.
  if (std::count(text.begin(), text.end(), '.') > most_dots) {
    return TomlFault{1, "this has more than 10,000 dots; a scenario is a page of TOML"};
  }
  return std::nullopt;
}

}  // namespace

const TomlValue* TomlValue::find(std::string_view key) const noexcept {
  if (const Table* const entries = table()) {
    for (const auto& [name, value] : *entries) {
      if (name == key) {
        return &value;
      }
    }
  }
  return nullptr;
}

TomlReading parse_toml(std::string_view text) {
  if (auto fault = find_unreadable(text)) {
    return *std::move(fault);
  }
  try {
    const toml::table document = toml::parse(text);
    Conversion conversion;
    TomlValue root = conversion.value_of(document);
    if (conversion.fault()) {
      return *conversion.fault();
    }
    return root;
  } catch (const toml::parse_error& error) {
    // The parser quotes what it saw, which may be the end of a line.
    std::string description{error.description()};
    std::replace_if(
        description.begin(), description.end(),
        [](char letter) { return letter == '\n' || letter == '\r' || letter == '\0'; }, ' ');
    return TomlFault{error.source().begin.line, fmt::format("this is not TOML: {}", description)};
  }
}

TomlValue parse_override_value(std::string_view text) {
  TomlReading reading = parse_toml(fmt::format("value = {}", text));
  auto* const document = std::get_if<TomlValue>(&reading);
  auto* const entries =
      document == nullptr ? nullptr : std::get_if<TomlValue::Table>(&document->content);
  // More than one entry: the text brought a line break and another key along.
  if (entries != nullptr && entries->size() == 1) {
    TomlValue value = std::move(entries->front().value);
    if (!std::holds_alternative<TomlValue::Date>(value.content)) {
      forget_lines(value);
      return value;
    }
  }
  return TomlValue{std::string{text}, 0};
}

bool set_value(TomlValue& root, std::string_view dotted_key, TomlValue value) {
  if (std::count(dotted_key.begin(), dotted_key.end(), '.') >
      static_cast<std::ptrdiff_t>(most_levels)) {
    return false;
  }
  TomlValue* place = &root;
  for (std::size_t begin = 0; begin <= dotted_key.size();) {
    const std::size_t end = std::min(dotted_key.find('.', begin), dotted_key.size());
    const std::string_view name = dotted_key.substr(begin, end - begin);
    auto* const table = std::get_if<TomlValue::Table>(&place->content);
    if (table == nullptr || name.empty()) {
      return false;
    }
    auto entry = std::find_if(table->begin(), table->end(),
                              [&](const auto& candidate) { return candidate.key >= name; });
    if (entry == table->end() || entry->key != name) {
      entry = table->insert(entry, {std::string{name}, TomlValue{TomlValue::Table{}, value.line}});
    }
    place = &entry->value;
    begin = end + 1;
  }
  *place = std::move(value);
  return true;
}

std::string_view kind_of(const TomlValue& value) {
  struct Names {
    std::string_view operator()(const TomlValue::Date&) const { return "a date"; }
    std::string_view operator()(bool) const { return "true or false"; }
    std::string_view operator()(std::int64_t) const { return "a whole number"; }
    std::string_view operator()(double) const { return "a number"; }
    std::string_view operator()(const std::string&) const { return "a text"; }
    std::string_view operator()(const TomlValue::List&) const { return "a list"; }
    std::string_view operator()(const TomlValue::Table&) const { return "a table"; }
  };
  return std::visit(Names{}, value.content);
}

std::string to_label(const TomlValue& value) {
  struct Texts {
    std::string operator()(const TomlValue::Date&) const { return "a date"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const TomlValue::List& list) const {
      return fmt::format("[{} values]", list.size());
    }
    std::string operator()(const TomlValue::Table& table) const {
      return fmt::format("{{{} keys}}", table.size());
    }
  };
  return std::visit(Texts{}, value.content);
}

}  // namespace queuemeter
