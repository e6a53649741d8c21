// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/distribution.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter {

/// A TOML basic string.
[[nodiscard]] std::string toml_text(std::string_view text);
[[nodiscard]] std::string toml_text(Duration span);
[[nodiscard]] std::string toml_text(Rate rate);
[[nodiscard]] std::string toml_text(const Distribution& spans);
/// TOML tells 0.0, a number, from 0, a whole number.
[[nodiscard]] std::string toml_number(double value);
/// An inline table of texts, in the order of the alphabet, as it is read: equal experiments give
/// equal text.
[[nodiscard]] std::string toml_table(std::vector<std::pair<std::string, std::string>> entries);

/// Collects the lines of a document.
class TomlWriter {
 public:
  void table(std::string_view header);
  void line(std::string_view key, std::string_view value);
  void count(std::string_view key, std::uint64_t value);
  void flag(std::string_view key, bool value) { line(key, value ? "true" : "false"); }
  template <class Value>
  void optional_line(std::string_view key, const std::optional<Value>& value) {
    if (value) {
      line(key, toml_text(*value));
    }
  }
  /// Nothing for an empty text.
  void text_if_any(std::string_view key, std::string_view text) {
    if (!text.empty()) {
      line(key, toml_text(text));
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace queuemeter
