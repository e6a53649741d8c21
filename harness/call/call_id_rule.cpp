// SPDX-License-Identifier: Apache-2.0
#include "harness/call/call_id_rule.hpp"

#include "harness/call/in_quotes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <utility>

namespace queuemeter {
namespace {

using Place = CallIdRule::Place;

constexpr std::array<std::pair<std::string_view, Place>, 4> places{{{"header", Place::header},
                                                                    {"url", Place::url},
                                                                    {"json", Place::json},
                                                                    {"regex", Place::regex}}};

/// Source: RFC 9110, 5.6.2: the letters of a header's name.
bool is_header_name(std::string_view text) {
  constexpr std::string_view signs = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [signs](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || signs.find(letter) != std::string_view::npos;
  });
}

bool has_one_pair_of_braces(std::string_view text) {
  const std::size_t braces = text.find("{}");
  return braces != std::string_view::npos && text.find("{}", braces + 2) == std::string_view::npos;
}

std::optional<std::string> trouble_of(std::string_view expression) {
  try {
    const std::regex read{std::string{expression}};
    return read.mark_count() == 1 ? std::nullopt
                                  : std::optional<std::string>{"it needs one group ( )"};
  } catch (const std::regex_error& error) {
    return error.what();
  }
}

/// What is wrong with the part behind the colon, and how it is right; nothing when it is.
std::optional<std::string> trouble_of(const CallIdRule& rule) {
  switch (rule.place) {
    case Place::header:
      return is_header_name(rule.text)
                 ? std::nullopt
                 : std::optional<std::string>{"no header has this name; write header:X-Request-Id"};
    case Place::url:
      return has_one_pair_of_braces(rule.text) ? std::nullopt
                                               : std::optional<std::string>{
                                                     "{} must stand once, where the id does; write "
                                                     "url:/calls/{}"};
    case Place::json:
      return rule.text.starts_with('/')
                 ? std::nullopt
                 : std::optional<std::string>{"a JSON pointer begins with /; write json:/order/id"};
    case Place::regex:
      if (const auto trouble = trouble_of(std::string_view{rule.text}); trouble.has_value()) {
        return *trouble + "; write regex:order=([0-9a-f-]+)";
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<CallIdRule> CallIdRule::parse(std::string_view written) {
  const std::size_t colon = written.find(':');
  const auto* const found = std::ranges::find_if(places, [&](const auto& one) {
    return colon != std::string_view::npos && one.first == written.substr(0, colon);
  });
  if (found == places.end()) {
    return Error::usage(in_quotes(written) +
                        " is no place of a call's id; write header:NAME, url:/calls/{}, "
                        "json:/pointer or regex:EXPRESSION");
  }
  CallIdRule rule{found->second, std::string{written.substr(colon + 1)}};
  if (const auto trouble = trouble_of(rule); trouble.has_value()) {
    return Error::usage(in_quotes(written) + ": " + *trouble);
  }
  return rule;
}

std::string CallIdRule::to_text() const {
  const auto* const found =
      std::ranges::find_if(places, [this](const auto& one) { return one.second == place; });
  return std::string{found->first} + ":" + text;
}

}  // namespace queuemeter
