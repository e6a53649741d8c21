// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/base64.hpp"

#include <algorithm>
#include <array>

namespace queuemeter {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t digit = 0; digit < alphabet.size(); ++digit) {
    table[static_cast<std::uint8_t>(alphabet[digit])] = static_cast<std::uint8_t>(digit);
  }
  return table;
}();

}  // namespace

std::string encode_base64(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t present = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t byte = 0; byte < 3; ++byte) {
      group = group << 8U | (byte < present ? bytes[at + byte] : 0U);
    }
    for (std::size_t digit = 0; digit < 4; ++digit) {
      text += digit <= present ? alphabet[group >> (18 - 6 * digit) & 63U] : '=';
    }
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t group = 0;
    for (std::size_t digit = at; digit < at + 4; ++digit) {
      const bool is_padding = digit >= text.size() - padding;
      const std::uint8_t value =
          is_padding ? std::uint8_t{0} : digits[static_cast<std::uint8_t>(text[digit])];
      if (value == no_digit) {
        return std::nullopt;
      }
      group = group << 6U | value;
    }
    for (unsigned shift : {16U, 8U, 0U}) {
      bytes.push_back(static_cast<std::uint8_t>(group >> shift));
    }
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace queuemeter
