// SPDX-License-Identifier: Apache-2.0
#include "harness/net/text_template.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace queuemeter {
namespace {

bool means_a_place(std::string_view name) {
  return name.starts_with("call.") || name.starts_with("csv.");
}

bool is_name_character(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

/// The name in the braces that open at `at`; empty where it is none.
std::string_view name_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_name_character(text[end])) {
    ++end;
  }
  return end < text.size() && text[end] == '}' ? text.substr(at + 1, end - at - 1)
                                               : std::string_view{};
}

/// Names that are empty stand for places that are not to be had.
std::string list_of(std::span<const std::string> places) {
  std::string list;
  for (const std::string& place : places) {
    if (!place.empty()) {
      list += fmt::format("{}{{{}}}", list.empty() ? "" : ", ", place);
    }
  }
  return list;
}

}  // namespace

Result<TextTemplate> TextTemplate::parse(std::string_view text,
                                         std::span<const std::string> places) {
  TextTemplate made;
  std::string before;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view name = text[at] == '{' ? name_at(text, at) : std::string_view{};
    const auto place = std::find(places.begin(), places.end(), name);
    if (!name.empty() && place != places.end()) {
      made.parts_.push_back(
          {std::exchange(before, {}), static_cast<std::size_t>(place - places.begin())});
      at += name.size() + 2;
    } else if (means_a_place(name)) {
      return Error::usage(
          fmt::format("{{{}}} is not known here; use {}", one_line(name), list_of(places)));
    } else {
      before += text[at++];
    }
  }
  made.rest_ = std::move(before);
  return made;
}

bool TextTemplate::uses(std::size_t place) const noexcept {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.place == place; });
}

}  // namespace queuemeter
