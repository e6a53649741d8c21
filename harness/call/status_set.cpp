// SPDX-License-Identifier: Apache-2.0
#include "harness/call/status_set.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace queuemeter {
namespace {

constexpr unsigned hundred = 100;

/// The codes of "2xx" or "204" as a first one and their count.
struct Stretch {
  unsigned first = 0;
  unsigned count = 0;
};

bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }

std::optional<Stretch> parse_stretch(std::string_view word) {
  if (word.size() != 3 || word[0] < '2' || word[0] > '5') {
    return std::nullopt;
  }
  const auto digit = [&](std::size_t at) { return static_cast<unsigned>(word[at] - '0'); };
  if (word.substr(1) == "xx") {
    return Stretch{digit(0) * hundred, hundred};
  }
  if (!is_digit(word[1]) || !is_digit(word[2])) {
    return std::nullopt;
  }
  return Stretch{digit(0) * hundred + digit(1) * 10 + digit(2), 1};
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

StatusSet::StatusSet() : text_{"2xx"} {
  for (unsigned status = 2 * hundred; status < 3 * hundred; ++status) {
    codes_.set(status);
  }
}

Result<StatusSet> StatusSet::parse(std::string_view text) {
  StatusSet set;
  set.codes_.reset();
  set.text_ = std::string{text};
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto stretch = parse_stretch(trimmed(text.substr(begin, end - begin)));
    if (!stretch) {
      return Error::usage(fmt::format(
          "{} are not status codes; write them like 200, 2xx or 2xx,3xx", in_quotes(text)));
    }
    for (unsigned status = stretch->first; status < stretch->first + stretch->count; ++status) {
      set.codes_.set(status);
    }
    begin = end + 1;
  }
  return set;
}

}  // namespace queuemeter
