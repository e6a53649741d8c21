// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/without_passwords.hpp"

#include "harness/call/url_password.hpp"

#include <algorithm>
#include <cctype>

namespace queuemeter::cli {

namespace {

/// Source: RFC 3986, 3.1: a scheme is letters, digits, plus, minus and dot.
bool belongs_to_scheme(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '+' || letter == '-' ||
         letter == '.';
}

}  // namespace

std::string without_passwords(std::string_view text) {
  constexpr std::string_view mark = "://";
  constexpr std::string_view ends = " \t\n\"'";
  std::string shown;
  while (!text.empty()) {
    const std::size_t colon = text.find(mark);
    if (colon == std::string_view::npos) {
      break;
    }
    std::size_t begin = colon;
    while (begin > 0 && belongs_to_scheme(text[begin - 1])) {
      --begin;
    }
    const std::size_t end = std::min(text.find_first_of(ends, colon), text.size());
    shown += text.substr(0, begin);
    shown += without_password(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
  return shown.append(text);
}

}  // namespace queuemeter::cli
