// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace queuemeter {

/// What a byte may be part of in an HTTP/1.1 message, as bits.
/// Source: RFC 9110, section 5.6.2 (token) and 5.5 (field values); RFC 3986, appendix A (URI).
enum class HttpByte : std::uint8_t { token = 1, text = 2, uri = 4, digit = 8, hex = 16 };

namespace http_text {

consteval std::array<std::uint8_t, 256> make_byte_table() {
  std::array<std::uint8_t, 256> table{};
  const auto mark = [&table](std::string_view bytes, HttpByte use) {
    for (const char byte : bytes) {
      table[static_cast<unsigned char>(byte)] |= static_cast<std::uint8_t>(use);
    }
  };
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view digits = "0123456789";
  for (const HttpByte use : {HttpByte::token, HttpByte::uri}) {
    mark(letters, use);
    mark(digits, use);
  }
  mark("!#$%&'*+-.^_`|~", HttpByte::token);
  mark("-._~%:/?[]@!$&'()*+,;=", HttpByte::uri);
  mark(digits, HttpByte::digit);
  mark("0123456789abcdefABCDEF", HttpByte::hex);
  for (unsigned code = 0; code < table.size(); ++code) {
    if (code == '\t' || (code >= 0x20U && code != 0x7FU)) {
      table[code] |= static_cast<std::uint8_t>(HttpByte::text);
    }
  }
  return table;
}
inline constexpr std::array<std::uint8_t, 256> byte_table = make_byte_table();

}  // namespace http_text

[[nodiscard]] constexpr bool is_http(char byte, HttpByte use) noexcept {
  return (http_text::byte_table[static_cast<unsigned char>(byte)] &
          static_cast<std::uint8_t>(use)) != 0;
}

/// Every byte of `text` is; true for an empty one.
[[nodiscard]] constexpr bool is_all_http(std::string_view text, HttpByte use) noexcept {
  return std::all_of(text.begin(), text.end(), [use](char byte) { return is_http(byte, use); });
}

[[nodiscard]] constexpr char lower_case(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view text,
                                                  std::string_view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char left, char right) { return lower_case(left) == right; });
}

/// Without the spaces and tabs around it.
[[nodiscard]] constexpr std::string_view without_blanks_around(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Calls `each(element)` for the elements of a comma-separated list, empty ones included.
template <class Each>
constexpr void for_each_in_list(std::string_view list, const Each& each) {
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    each(without_blanks_around(list.substr(0, comma)));
    if (comma == list.size()) {
      return;
    }
    list.remove_prefix(comma + 1);
  }
}

}  // namespace queuemeter
