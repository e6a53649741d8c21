// SPDX-License-Identifier: Apache-2.0
#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

namespace queuemeter {

std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::size_t end = text.size();
  if (end > longest) {
    end = longest;
    // Bytes 10xxxxxx continue a character of UTF-8.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
  }
  std::string shown;
  for (const char letter : text.substr(0, end)) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20U || code == 0x7FU) {
      shown += fmt::format("\\x{:02x}", code);
    } else {
      shown += letter;
    }
  }
  return end < text.size() ? shown + "…" : shown;
}

std::string in_quotes(std::string_view text) { return '"' + one_line(text) + '"'; }

}  // namespace queuemeter
