// SPDX-License-Identifier: Apache-2.0
#include "harness/call/call_id.hpp"

#include <array>
#include <charconv>

namespace queuemeter {
namespace {

constexpr int hexadecimal = 16;

void append_hexadecimal(std::string& text, std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal).ptr;
  text.append(digits.data(), end);
}

std::optional<std::uint64_t> parse_hexadecimal(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number, hexadecimal);
  const bool has_upper_case = text.find_first_of("ABCDEF") != std::string_view::npos;
  const bool has_zeros = text.size() > 1 && text.front() == '0';
  if (failure != std::errc{} || stop != end || has_upper_case || has_zeros) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

void append_call_id(std::string& text, const CallId& id) {
  append_hexadecimal(text, id.run_id);
  text += '-';
  append_hexadecimal(text, id.sequence);
}

std::optional<CallId> parse_call_id(std::string_view text) noexcept {
  const std::size_t middle = text.find('-');
  if (middle == std::string_view::npos) {
    return std::nullopt;
  }
  const auto run_id = parse_hexadecimal(text.substr(0, middle));
  const auto sequence = parse_hexadecimal(text.substr(middle + 1));
  if (!run_id || !sequence) {
    return std::nullopt;
  }
  return CallId{*run_id, *sequence};
}

}  // namespace queuemeter
