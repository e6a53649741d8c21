// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/toml_writer.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace queuemeter {

std::string toml_text(std::string_view text) {
  std::string quoted_text = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      quoted_text += '\\';
      quoted_text += letter;
    } else if (code < 0x20U || code == 0x7FU) {
      quoted_text += fmt::format("\\u{:04X}", code);
    } else {
      quoted_text += letter;
    }
  }
  return quoted_text + '"';
}

std::string toml_text(Duration span) { return toml_text(to_scenario_text(span)); }
std::string toml_text(Rate rate) { return toml_text(to_scenario_text(rate)); }
std::string toml_text(const Distribution& spans) {
  return toml_text(spans.kind() == Distribution::Kind::constant ? to_scenario_text(spans.mean())
                                                                : spans.to_text());
}

std::string toml_number(double value) {
  std::string text = decimal_text(value);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string toml_table(std::vector<std::pair<std::string, std::string>> entries) {
  std::sort(entries.begin(), entries.end());
  std::string text;
  for (const auto& [name, value] : entries) {
    text += fmt::format("{}{} = {}", text.empty() ? " " : ", ", toml_text(name), toml_text(value));
  }
  return text.empty() ? "{}" : fmt::format("{{{} }}", text);
}

void TomlWriter::table(std::string_view header) {
  text_ += fmt::format("{}{}\n", text_.empty() ? "" : "\n", header);
}

void TomlWriter::line(std::string_view key, std::string_view value) {
  text_ += fmt::format("{} = {}\n", key, value);
}

void TomlWriter::count(std::string_view key, std::uint64_t value) {
  line(key, fmt::format("{}", value));
}

}  // namespace queuemeter
